import assert from "node:assert/strict";
import { test } from "node:test";
import { countColumns } from "../../src/timeline/chunk-density.js";
import { MOST_ORDERED, Scale, canOrder, orderAxis, roundedUp, tickStep, timeAxis, transformFor } from "../../src/timeline/scale.js";
import { Store } from "../../src/model/store.js";
import { batch, buffer } from "../../fixtures/batches.js";

test("a tick's step is 1, 2 or 5 of a unit, and no shorter than asked for", () => {
  assert.deepEqual([0.9, 1, 1.5, 30, 6e8].map(tickStep), [1, 1, 2, 50, 1e9]);
});

/**
 * @param {number[][]} times  of the generator's and the client's chunks
 * @param {Partial<import("../../src/model/protocol.js").Batch>} said
 */
function storeWith([generator, client], said = {}) {
  const store = new Store(() => {});
  const rows = [...generator, ...client].map((time, i) => [time, i + 1, -1, -1]);
  const counts = /** @type {[number, number, number][]} */ ([
    [0, 0, generator.length],
    [1, 0, client.length],
  ]);
  store.receive(batch({ reset: true, counts, ...said }), [buffer(rows)]);
  return store;
}

test("in order of events, each has a place of its own", () => {
  const axis = orderAxis(storeWith([[10, 500], [11, 900]]));
  assert.deepEqual([...axis.columns[0]], [0, 2]);
  assert.deepEqual([...axis.columns[1]], [1, 3]);
});

test("at the same time, the earlier lane goes first", () => {
  const axis = orderAxis(storeWith([[10], [10]]));
  assert.deepEqual([axis.columns[0][0], axis.columns[1][0]], [0, 1]);
});

test("other events and the context's ends take places too", () => {
  const said = /** @type {const} */ ({ spans: [[5, 30]], events: [[8, "view returned", ""]] });
  const axis = orderAxis(storeWith([[10], [40]], /** @type {any} */ (said)));
  assert.deepEqual([5, 8, 30].map(axis.of), [0, 1, 3]);
  assert.deepEqual([axis.columns[0][0], axis.columns[1][0]], [2, 4]);
});

test("too many events are not put in order", () => {
  const few = storeWith([[1], [2]]);
  assert.equal(canOrder(few), true);
  assert.equal(canOrder(storeWith([Array(MOST_ORDERED + 1).fill(1), []])), false);
});

test("while a run goes on the time axis ends at a round number", () => {
  const ends = [3.1e9, 3.2e9, 3.3e9].map((now) => timeAxis(storeWith([[1], []], { now })).high);
  assert.deepEqual(ends, [4e9, 4e9, 4e9]);
  const done = timeAxis(storeWith([[1], []], { now: 3.1e9, state: "done" }));
  assert.ok(done.high > 3.1e9 && done.high < 3.2e9);
});

test("numbers are rounded up to the next that reads well", () => {
  assert.deepEqual([1, 1.2, 7, 81, 4100].map(roundedUp), [1, 1.5, 8, 100, 5000]);
});

test("pixels and positions are each other's inverse", () => {
  const scale = new Scale({ low: -10, high: 90 }, 200, { k: 2, x: -50 });
  assert.equal(scale.toPixel(scale.toPosition(37)), 37);
  assert.deepEqual(scale.sight, { from: 2.5, to: 52.5 });
});

test("what is in sight stays in sight on a longer axis", () => {
  const axis = { low: 0, high: 1000 };
  const { from, to } = new Scale(axis, 300, transformFor({ from: 20, to: 50 }, axis, 300)).sight;
  assert.ok(Math.abs(from - 20) < 1e-9 && Math.abs(to - 50) < 1e-9);
});

test("no chunk is lost when they are counted by pixel column", () => {
  const times = Float64Array.from({ length: 5000 }, (_, i) => i ** 1.5);
  const scale = new Scale({ low: 0, high: 5000 ** 1.5 }, 90, { k: 1, x: 0 });
  const counts = countColumns(times, [0, 5000], scale, 90);
  assert.equal(
    counts.reduce((a, b) => a + b),
    5000,
  );
  assert.ok(counts[0] > counts[89]);
});
