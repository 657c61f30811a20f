import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeRows, extended } from "../../src/model/decode-batch.js";
import { bytes, packed } from "../../fixtures/batches.js";

test("rows are divided into lanes", () => {
  const { parts, buffer } = packed([
    [0, 5, [[1e12, 6, 1, 4], [1e12 + 20, 9, 0, 5]]],
    [3, 1, [[25, 5e9]]],
  ]);
  const numbers = decodeRows({ parts }, [buffer]).map(({ times, ends, locations, ...place }) => ({
    ...place,
    columns: [times, ends, locations].map((column) => column && [...column]),
  }));
  assert.deepEqual(numbers, [
    { lane: 0, start: 5, columns: [[1e12, 1e12 + 20], [6, 9], [(1 << 20) | 4, 5]] },
    { lane: 3, start: 1, columns: [[25], [5e9], null] },
  ]);
});

test("a batch without rows needs no buffer", () => {
  assert.deepEqual(decodeRows({ parts: [] }, []), []);
});

test("a buffer with another length than the parts say is an error", () => {
  const { buffer } = packed([[0, 0, [[1, 2]]]]);
  assert.throws(() => decodeRows({ parts: [[0, 0, 2, 1, 2, false]] }, [buffer]), RangeError);
});

test("bytes continue the known ones, or replace them from an offset on", () => {
  const known = new Uint8Array(new TextEncoder().encode("Hello "));
  const text = (/** @type {Uint8Array} */ found) => new TextDecoder().decode(found);
  assert.equal(text(extended(known, [6], bytes("Wörld"))), "Hello Wörld");
  assert.equal(text(extended(known, [0], bytes("Bye"))), "Bye");
  assert.equal(extended(known, null, bytes("")), known);
  assert.throws(() => extended(known, [7], bytes("x")), RangeError);
});
