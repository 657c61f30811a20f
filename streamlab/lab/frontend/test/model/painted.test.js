/** What the page pane has painted, as a lane of the store; and the time that it is in a run. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Store } from "../../src/model/store.js";
import { batch } from "../../fixtures/batches.js";

let ms = 0;
const clock = () => ms;

/** @param {Partial<import("../../src/model/protocol.js").Batch>} fields */
function received(fields) {
  const store = new Store(() => {}, undefined, clock);
  store.receive(batch({ reset: true, ...fields }), []);
  return store;
}

test("while a run goes on, its time goes on after the latest batch", () => {
  ms = 1000;
  const store = received({ now: 5e6 });
  ms = 1003;
  assert.equal(store.now, 8e6);
  store.receive(batch({ seq: 2, now: 9e6, state: "done" }), []);
  ms = 2000;
  assert.equal(store.now, 9e6);
});

test("the time does not go on after the connection to the kernel is closed", () => {
  ms = 0;
  const store = received({ now: 5e6 });
  ms = 50;
  store.leave();
  assert.equal(store.now, 5e6);
});

test("each painting that shows more is a chunk of the lane page, at the time of the run", () => {
  ms = 0;
  const store = received({ now: 5e6 });
  let told = 0;
  store.subscribe(() => told++, new AbortController().signal);
  ms = 2;
  store.paint(9);
  store.paint(9);
  store.receive(batch({ seq: 2, now: 8e6, state: "done" }), []);
  ms = 4;
  store.paint(14);
  const { painted } = store;
  assert.deepEqual([...painted.times.subarray(0, painted.length)], [7e6, 10e6]);
  assert.deepEqual([painted.bytes, painted.chunks], [14, 2]);
  assert.equal(store.lanesWithPage.at(-1), painted);
  assert.equal(told, 3);
});

test("the painting of a run that was over before is not a part of it", () => {
  const store = received({ now: 5e6, state: "done" });
  store.paint(9);
  assert.equal(store.painted.length, 0);
  assert.deepEqual(store.lanesWithPage, store.lanes);
});

test("the next run has another page", () => {
  const store = received({ now: 5e6 });
  store.paint(9);
  store.receive(batch({ seq: 2, reset: true, run: { ...batch({}).run, id: 2 } }), []);
  assert.equal(store.painted.length, 0);
  assert.equal(store.lanesWithPage.at(-1), store.painted);
  // The first run is shown again.
  store.receive(batch({ seq: 3, reset: true, state: "done" }), []);
  assert.equal(store.painted.bytes, 9);
});
