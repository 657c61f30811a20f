import assert from "node:assert/strict";
import { test } from "node:test";
import { PairedAxes } from "../../src/compare/paired-axes.js";
import { Store } from "../../src/model/store.js";
import { batch } from "../../fixtures/batches.js";

/** @param {Partial<import("../../src/model/protocol.js").Batch>} fields */
function store(fields) {
  const made = new Store(() => {});
  made.receive(batch({ reset: true, state: "done", sources: [], spans: [], events: [], output: [], ...fields }), []);
  return made;
}

test("two runs have one axis, as long as the longer one", () => {
  const [short, long] = [store({ now: 1e9 }), store({ now: 2e9 })];
  const axes = new PairedAxes();
  axes.choose("time");
  const [a, b] = axes.of([short, long]);
  assert.deepEqual([a.low, a.high], [b.low, b.high]);
  assert.ok(a.high >= 2e9 && a.high < 2.2e9);
});

test("while a run goes on, the axis grows in large steps, and it keeps its end", () => {
  const run = store({ now: 1e9, state: "running" });
  const axes = new PairedAxes();
  axes.choose("time");
  const ends = [1, 1.2, 1.5, 2.5, 3].map((seconds, index) => {
    run.receive(batch({ seq: 2 + index, now: seconds * 1e9, state: seconds < 3 ? "running" : "done" }), []);
    return axes.of([run])[0].high;
  });
  assert.equal(new Set(ends).size, 2);
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
  axes.choose("time");
  const timed = axes.of(stores);
  assert.equal(timed[0].kind, "time");
  stores[1].receive(batch({ seq: 2, now: 3e9, state: "done" }), []);
  assert.notEqual(axes.of(stores), timed);
});
