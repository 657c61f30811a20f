import assert from "node:assert/strict";
import { test } from "node:test";
import { Lane } from "../../src/model/lane.js";

/** @param {number[]} ends */
function lane(...ends) {
  const made = new Lane("app");
  made.write(0, Float64Array.from(ends.keys()), Float64Array.from(ends));
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

test("only rows with a location have a line", () => {
  const made = lane(5, 9);
  made.write(1, Float64Array.of(1, 2), Float64Array.of(9, 12), Int32Array.of((3 << 20) | 17, -1));
  assert.deepEqual([...made.lines.subarray(0, 3)], [-1, 17, -1]);
  assert.equal(made.sources[1], 3);
});
