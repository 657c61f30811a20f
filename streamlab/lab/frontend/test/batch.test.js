import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeBody, decodeRows } from "../src/batch.js";
import { buffer, bytes } from "../fixtures/batches.js";

test("rows are dealt out lane by lane", () => {
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

test("a buffer of another length than counted is refused", () => {
  assert.throws(() => decodeRows({ counts: [[0, 0, 2]] }, [buffer([[1, 2, 3, 4]])]), RangeError);
});

test("the body's bytes come with their place", () => {
  const part = decodeBody({ body: [7] }, [buffer([]), bytes("Wörld")]);
  assert.equal(part?.start, 7);
  assert.equal(new TextDecoder().decode(part?.bytes), "Wörld");
  assert.equal(decodeBody({ body: null }, []), null);
});
