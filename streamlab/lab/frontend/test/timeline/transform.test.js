import assert from "node:assert/strict";
import { test } from "node:test";
import { constrained, wheelFactor, zoomed } from "../../src/timeline/transform.js";

test("the picture always fills the width", () => {
  assert.deepEqual(constrained({ k: 0.5, x: 40 }, 100, 8), { k: 1, x: 0 });
  assert.deepEqual(constrained({ k: 2, x: -150 }, 100, 8), { k: 2, x: -100 });
  assert.deepEqual(constrained({ k: 9, x: -10 }, 100, 8), { k: 8, x: -10 });
});

test("a zoom keeps the point under the pointer, also at its limit", () => {
  /** @param {{ k: number, x: number }} transform @param {number} pixel */
  const pointAt = ({ k, x }, pixel) => (pixel - x) / k;
  for (const deepest of [8, 3]) {
    const before = { k: 2, x: -30 };
    const after = zoomed(before, 2, deepest, 40);
    assert.equal(after.k, Math.min(4, deepest));
    assert.ok(Math.abs(pointAt(after, 40) - pointAt(before, 40)) < 1e-9);
  }
  const moved = zoomed({ k: 2, x: -30 }, 1, 8, 40, 50);
  assert.deepEqual(moved, { k: 2, x: -20 });
});

test("a wheel turned up zooms in, and a pinch more than a wheel", () => {
  const wheel = wheelFactor({ deltaY: -100, deltaMode: 0, ctrlKey: false });
  const pinch = wheelFactor({ deltaY: -100, deltaMode: 0, ctrlKey: true });
  assert.ok(1 < wheel && wheel < pinch);
  assert.equal(wheelFactor({ deltaY: 0, deltaMode: 1, ctrlKey: false }), 1);
});
