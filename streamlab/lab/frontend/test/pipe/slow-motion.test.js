import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Store } from "../../src/model/store.js";
import { MAX_WAITING, SlowMotion } from "../../src/pipe/slow-motion.js";
import { message } from "../../fixtures/batches.js";

/**
 * @param {number[]} times  of the chunks on the first lane
 * @param {Partial<import("../../src/model/protocol.js").Batch>} [fields]
 */
function storeWith(times, fields = {}) {
  const store = new Store(() => {});
  const rows = times.map((time, index) => [time, index + 1]);
  store.receive(...message({ reset: true, spans: [], events: [], ...fields }, [[0, 0, rows]]));
  return store;
}

test("the steps of a run are shown one after the other", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const store = storeWith([10, 20, 30], { spans: [[5, 25]] });
  let due = 0;
  const motion = new SlowMotion(store, () => due++, AbortSignal.any([]));
  const seen = [];
  for (let frame = 0; frame < 6; frame++) {
    seen.push(motion.next(true).time);
    assert.equal(motion.next(true).time, seen[frame], "a frame between two steps draws the same");
    mock.timers.tick(1000);
  }
  assert.deepEqual(seen, [5, 10, 20, 25, 30, Infinity]);
  assert.equal(due, 5);
  assert.equal(motion.behind, false);
  mock.timers.reset();
});

test("what nobody sees is not played", () => {
  const motion = new SlowMotion(storeWith([10, 20]), () => {}, AbortSignal.any([]));
  assert.equal(motion.next(false).newest, true);
  assert.equal(motion.next(true).newest, true);
});

test("a run that was over before the view was shown is not played, and the next one is", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const store = storeWith([10, 20], { state: "done" });
  const motion = new SlowMotion(store, () => {}, AbortSignal.any([]));
  assert.equal(motion.next(true).newest, true);
  const run = /** @type {import("../../src/model/protocol.js").Run} */ (store.facts.run);
  store.receive(...message({ reset: true, run: { ...run, id: 2 }, spans: [], events: [], state: "done" }, [[0, 0, [[7, 1]]]]));
  assert.equal(motion.next(true).time, 7);
  mock.timers.reset();
});

test("with very many steps waiting, the oldest are left out", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const times = Array.from({ length: 1000 }, (_, index) => index + 1);
  const motion = new SlowMotion(storeWith(times), () => {}, AbortSignal.any([]));
  assert.equal(motion.next(true).time, 1001 - MAX_WAITING);
  mock.timers.reset();
});
