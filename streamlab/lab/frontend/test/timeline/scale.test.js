import assert from "node:assert/strict";
import { test } from "node:test";
import { Scale, transformFor } from "../../src/timeline/scale.js";

test("toPixel and toPosition are inverse", () => {
  const scale = new Scale({ low: -10, high: 90 }, 200, { k: 2, x: -50 });
  assert.equal(scale.toPixel(scale.toPosition(37)), 37);
  assert.deepEqual(scale.visible, { from: 2.5, to: 52.5 });
});

test("a longer axis shows the same part", () => {
  const axis = { low: 0, high: 1000 };
  const { from, to } = new Scale(axis, 300, transformFor({ from: 20, to: 50 }, axis, 300)).visible;
  assert.ok(Math.abs(from - 20) < 1e-9 && Math.abs(to - 50) < 1e-9);
});
