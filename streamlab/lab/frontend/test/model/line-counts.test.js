import assert from "node:assert/strict";
import { test } from "node:test";
import { Lane } from "../../src/model/lane.js";
import { LineCounts } from "../../src/model/line-counts.js";

const lane = new Lane("generator");
const lines = [4, 5, 4, -1];
lane.write(
  0,
  Float64Array.from(lines.keys()),
  Float64Array.from(lines.keys(), (row) => row + 1),
  Int32Array.from(lines, (line) => line), // source 0
);

test("the chunks of each line are counted, and counted anew at an earlier moment", () => {
  const counts = new LineCounts();
  assert.deepEqual([...counts.update(lane, 2, 1)], [["0:4", 1], ["0:5", 1]]);
  assert.deepEqual([...counts.update(lane, 4, 1)], [["0:4", 2], ["0:5", 1]]);
  assert.deepEqual([...counts.update(lane, 1, 1)], [["0:4", 1]]);
  assert.deepEqual([...counts.update(lane, 1, 2)], [["0:4", 1]]);
  assert.deepEqual([...counts.update(undefined, 0, 3)], []);
});

test("of merged rows nothing is said", () => {
  const merged = Object.assign(new Lane("generator"), { stride: 2 });
  assert.deepEqual([...new LineCounts().update(merged, 2, 1)], []);
});
