import assert from "node:assert/strict";
import { test } from "node:test";
import { Store } from "../../src/model/store.js";
import { SteadyEnds } from "../../src/timeline/steady-end.js";
import { batch, message } from "../../fixtures/batches.js";

const SECOND = 1e9;
const RUN = batch({}).run;

/** A store, and the ends of an axis after each batch of a run. */
function runs() {
  const store = new Store(() => {});
  const ends = new SteadyEnds();
  let seq = 0;
  /**
   * @param {Partial<import("../../src/model/protocol.js").Run>} run
   * @param {number[]} needed  what the axis needs with each batch
   * @param {"time" | "order"} kind
   */
  return (run, needed, kind = "time") =>
    needed.map((need, index) => {
      const rows = index ? [[index * SECOND, index]] : [];
      const state = index === needed.length - 1 ? "done" : "running";
      const fields = { seq: ++seq, reset: !index, state, run: { ...RUN, ...run }, totals: [index, 0] };
      store.receive(...message(/** @type {any} */ (fields), [[0, Math.max(0, index - 1), rows]]));
      store.lanes[0].chunks = index;
      return ends.reach(store, kind, need);
    });
}

test("the axis of a paced run is made for it, and does not change when the run is done", () => {
  const run = runs();
  const needed = [0, 0.6, 1.1, 1.6].map((seconds) => seconds * SECOND);
  assert.deepEqual(run({ pace: 0.5 }, needed), Array(4).fill(2 * SECOND));
  // Now it is known that the run has three chunks.
  assert.deepEqual(run({ pace: 0.5 }, needed), Array(4).fill(1.75 * SECOND));
  assert.deepEqual(run({ pace: 2 }, needed)[0], 7 * SECOND);
});

test("an axis that gets too short grows in large steps, at most to twice its length", () => {
  const needed = Array.from({ length: 40 }, (_, index) => (index + 1) * SECOND);
  const ends = [...new Set(runs()({ pace: 0.5 }, needed))];
  assert.deepEqual(ends, [2, 4, 8, 16, 32, 64].map((seconds) => seconds * SECOND));
});

test("a run that is over when its first chunk is shown fills the axis", () => {
  assert.deepEqual(runs()({}, [1e6, 3e7]), [2e8, 3e7]);
});

test("the next run of the same request has the axis of the one before", () => {
  const run = runs();
  run({}, [1, 20, 36, 44], "order");
  assert.deepEqual(run({}, [1, 20, 36, 44], "order"), [44, 44, 44, 44]);
  assert.deepEqual(run({ path: "/other" }, [1, 20, 36, 44], "order"), [32, 32, 48, 48]);
});

test("a shorter run makes the next axis only a little shorter", () => {
  const run = runs();
  run({}, [1, 20, 50], "order");
  run({}, [1, 17], "order");
  assert.deepEqual(run({}, [1, 20, 36], "order"), [40, 40, 40]);
});
