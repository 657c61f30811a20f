import assert from "node:assert/strict";
import { test } from "node:test";
import { countColumns } from "../../src/timeline/chunk-density.js";
import { Scale } from "../../src/timeline/scale.js";

test("the counts of all pixel columns add up to all chunks", () => {
  const times = Float64Array.from({ length: 5000 }, (_, i) => i ** 1.5);
  const scale = new Scale({ low: 0, high: 5000 ** 1.5 }, 90, { k: 1, x: 0 });
  const counts = countColumns(times, [0, 5000], scale, 90);
  assert.equal(
    counts.reduce((a, b) => a + b),
    5000,
  );
  assert.ok(counts[0] > counts[89]);
});
