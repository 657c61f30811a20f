import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_ORDERED, canOrder, orderAxis, roundedUp, timeAxis } from "../../src/timeline/axis.js";
import { Store } from "../../src/model/store.js";
import { message } from "../../fixtures/batches.js";

/**
 * @param {number[][]} times  of the generator's and the client's chunks
 * @param {Partial<import("../../src/model/protocol.js").Batch>} fields
 */
function storeWith([generator, client], fields = {}) {
  const store = new Store(() => {});
  const [made, arrived] = [generator, client].map((times) => times.map((time, i) => [time, i + 1]));
  store.receive(...message({ reset: true, ...fields }, [[0, 0, made], [1, 0, arrived]]));
  return store;
}

test("in order of events, each event has its own position", () => {
  const axis = orderAxis(storeWith([[10, 500], [11, 900]]));
  assert.deepEqual([...axis.columns[0]], [0, 2]);
  assert.deepEqual([...axis.columns[1]], [1, 3]);
});

test("at the same time, the earlier lane goes first", () => {
  const axis = orderAxis(storeWith([[10], [10]]));
  assert.deepEqual([axis.columns[0][0], axis.columns[1][0]], [0, 1]);
});

test("events and the ends of the context have positions too", () => {
  const fields = /** @type {const} */ ({ spans: [[5, 30]], events: [[8, "view returned", ""]] });
  const axis = orderAxis(storeWith([[10], [40]], /** @type {any} */ (fields)));
  assert.deepEqual([5, 8, 30].map(axis.of), [0, 1, 3]);
  assert.deepEqual([axis.columns[0][0], axis.columns[1][0]], [2, 4]);
});

test("too many events are not shown in order", () => {
  const few = storeWith([[1], [2]]);
  assert.equal(canOrder(few), true);
  assert.equal(canOrder(storeWith([Array(MAX_ORDERED + 1).fill(1), []])), false);
});

test("the time axis of a running exchange ends at a round number", () => {
  const ends = [3.1e9, 3.2e9, 3.3e9].map((now) => timeAxis(storeWith([[1], []], { now })).high);
  assert.deepEqual(ends, [4e9, 4e9, 4e9]);
  const done = timeAxis(storeWith([[1], []], { now: 3.1e9, state: "done" }));
  assert.ok(done.high > 3.1e9 && done.high < 3.2e9);
});

test("numbers are rounded up to the next round number", () => {
  assert.deepEqual([1, 1.2, 7, 81, 4100].map(roundedUp), [1, 1.5, 8, 100, 5000]);
});
