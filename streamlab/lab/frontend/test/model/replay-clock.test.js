import assert from "node:assert/strict";
import { test } from "node:test";
import { STEP, stepAt } from "../../src/model/replay-clock.js";

/** Three steps: 1, 2 and 10 ms after the run began. */
const TIMES = Float64Array.of(1e6, 2e6, 10e6);

/** @param {Partial<import("../../src/model/replay-clock.js").Start>} fields */
const start = (fields) => ({ step: 0, at: 0, kind: /** @type {const} */ ("order"), speed: 1, ...fields });

test("in order of events, each step takes the same time", () => {
  const steps = [0, STEP - 1, STEP, 2 * STEP, 9 * STEP].map((now) => stepAt(TIMES, start({}), now));
  assert.deepEqual(steps, [0, 0, 1, 2, 3]);
});

test("in time, each step comes at its time", () => {
  const steps = [0, 1, 1.9, 2, 9.9, 10].map((now) => stepAt(TIMES, start({ kind: "time" }), now));
  assert.deepEqual(steps, [0, 1, 1, 2, 2, 3]);
});

test("a slower replay takes longer", () => {
  const slow = start({ kind: "time", speed: 1 / 16 });
  assert.deepEqual([15, 16, 159, 160].map((now) => stepAt(TIMES, slow, now)), [0, 1, 2, 3]);
  assert.equal(stepAt(TIMES, start({ speed: 1 / 4 }), 4 * STEP), 1);
});

test("a replay begins at the step that is shown", () => {
  const middle = start({ step: 2, at: 1000, kind: "time" });
  assert.deepEqual([1000, 1007, 1008].map((now) => stepAt(TIMES, middle, now)), [2, 2, 3]);
  assert.equal(stepAt(TIMES, start({ step: 2, at: 1000 }), 1000 + STEP), 3);
});
