import assert from "node:assert/strict";
import { test } from "node:test";
import { PairedAxes, united } from "../../src/compare/paired-axes.js";
import { Store } from "../../src/model/store.js";
import { batch } from "../../fixtures/batches.js";

/** @param {Partial<import("../../src/model/protocol.js").Batch>} fields */
function store(fields) {
  const made = new Store(() => {});
  made.receive(batch({ reset: true, state: "done", sources: [], spans: [], events: [], output: [], ...fields }), []);
  return made;
}

test("two axes get one begin and one end, and keep their columns", () => {
  const of = (/** @type {number} */ time) => time;
  const [a, b] = united([
    { kind: "time", low: -1, high: 5, columns: [], of },
    { kind: "time", low: -3, high: 4, columns: [new Float64Array(1)], of },
  ]);
  assert.deepEqual([a.low, a.high, b.low, b.high], [-3, 5, -3, 5]);
  assert.deepEqual([a.columns.length, b.columns.length], [0, 1]);
});

test("in order of events each run begins at its own first event", () => {
  const first = store({ events: [[5, "request", ""], [9, "exception", ""]] });
  const second = store({ events: [[700, "request", ""]] });
  const [a, b] = new PairedAxes().of([first, second]);
  assert.equal(a.of(5), b.of(700));
});

test("the axes are made again after a batch, or if the user chooses the other one", () => {
  const axes = new PairedAxes();
  const stores = [store({ now: 1e9 }), store({ now: 2e9 })];
  const made = axes.of(stores);
  assert.equal(axes.of(stores), made);
  axes.wanted = "time";
  const timed = axes.of(stores);
  assert.equal(timed[0].kind, "time");
  stores[1].receive(batch({ seq: 2, now: 3e9, state: "done" }), []);
  assert.notEqual(axes.of(stores), timed);
});
