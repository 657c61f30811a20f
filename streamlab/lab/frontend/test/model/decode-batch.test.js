import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeRows, extended } from "../../src/model/decode-batch.js";
import { buffer, bytes } from "../../fixtures/batches.js";

test("rows are divided into lanes", () => {
  const counts = /** @type {[number, number, number][]} */ ([
    [0, 5, 2],
    [3, 1, 1],
  ]);
  const rows = decodeRows({ counts }, [
    buffer([
      [10, 6, 0, 4],
      [20, 9, 0, 5],
      [25, 9, -1, -1],
    ]),
  ]);
  assert.deepEqual(
    rows.map(({ lane, start, values }) => [lane, start, [...values]]),
    [
      [0, 5, [10, 6, 0, 4, 20, 9, 0, 5]],
      [3, 1, [25, 9, -1, -1]],
    ],
  );
});

test("a batch without rows needs no buffer", () => {
  assert.deepEqual(decodeRows({ counts: [] }, []), []);
});

test("a buffer with another length than the counts say is an error", () => {
  assert.throws(() => decodeRows({ counts: [[0, 0, 2]] }, [buffer([[1, 2, 3, 4]])]), RangeError);
});

test("bytes continue the known ones, or replace them from an offset on", () => {
  const known = new Uint8Array(new TextEncoder().encode("Hello "));
  const text = (/** @type {Uint8Array} */ found) => new TextDecoder().decode(found);
  assert.equal(text(extended(known, [6], bytes("Wörld"))), "Hello Wörld");
  assert.equal(text(extended(known, [0], bytes("Bye"))), "Bye");
  assert.equal(extended(known, null, bytes("")), known);
  assert.throws(() => extended(known, [7], bytes("x")), RangeError);
});
