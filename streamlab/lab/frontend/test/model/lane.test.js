import assert from "node:assert/strict";
import { test } from "node:test";
import { Lane } from "../../src/model/lane.js";

/** @param {number[]} ends */
function lane(...ends) {
  const made = new Lane("app");
  made.write(0, Float64Array.from(ends.flatMap((end, i) => [i, end, -1, -1])));
  return made;
}

test("rows are found by offset", () => {
  const { ...found } = {
    completing: [1, 5, 6, 9, 10].map((offset) => lane(5, 9).rowCompleting(offset)),
    holding: [0, 4, 5, 8, 9].map((offset) => lane(5, 9).rowContaining(offset)),
  };
  assert.deepEqual(found.completing, [0, 0, 1, 1, 2]);
  assert.deepEqual(found.holding, [0, 0, 1, 1, 2]);
});

test("in recoded bytes a row is found by time, and the header of the coding does not count", () => {
  const gzip = Object.assign(lane(10, 30, 50), { head: 10 }); // at 0, 1 and 2
  assert.deepEqual([0, 0.5, 1, 2, 3].map((time) => gzip.rowFrom(time)), [1, 1, 1, 2, 3]);
});

test("a lane knows its last byte and its last time", () => {
  assert.deepEqual([lane().bytes, lane().lastTime], [0, 0]);
  assert.deepEqual([lane(5, 9).bytes, lane(5, 9).lastTime, lane(5, 9).startOf(1)], [9, 1, 5]);
});
