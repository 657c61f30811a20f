import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_ORDERED, canOrder, orderAxis, timeAxis } from "../../src/timeline/axis.js";
import { Lane } from "../../src/model/lane.js";
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

test("printed lines have positions too", () => {
  const output = /** @type {[number, string, string][]} */ ([[15, "hello", "stdout"]]);
  const axis = orderAxis(storeWith([[10], [20]], { output }));
  assert.deepEqual([axis.columns[0][0], axis.of(15), axis.columns[1][0]], [0, 1, 2]);
});

test("an axis of time has room for all that has happened", () => {
  const axis = timeAxis(storeWith([[5e9], []], { now: 3e9 }));
  assert.ok(axis.high > 5e9 && axis.high < 5.2e9);
});

test("what the browser paints later does not make the axis longer", () => {
  const store = storeWith([[5e9], []]);
  const page = Object.assign(new Lane("page"), { browser: true });
  page.write(0, Float64Array.of(9e9), Float64Array.of(1));
  const { high } = timeAxis({ facts: store.facts, lanes: [...store.lanes, page] });
  assert.equal(high, timeAxis(store).high);
});
