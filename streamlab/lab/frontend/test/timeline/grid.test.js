import assert from "node:assert/strict";
import { test } from "node:test";
import { tickStep } from "../../src/timeline/grid.js";

test("a tick's step is 1, 2 or 5 units, and not shorter than requested", () => {
  assert.deepEqual([0.9, 1, 1.5, 30, 6e8].map(tickStep), [1, 1, 2, 50, 1e9]);
});
