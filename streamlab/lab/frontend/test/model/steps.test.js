import assert from "node:assert/strict";
import { test } from "node:test";
import { Store } from "../../src/model/store.js";
import { stepTimes, stepWords } from "../../src/model/steps.js";
import { message } from "../../fixtures/batches.js";

test("each chunk on each lane, each end of a context and the exception is a step", () => {
  const store = new Store(() => {});
  const spans = /** @type {[number, number | null][]} */ ([[1e6, 4e6], [8e6, null]]);
  const events = /** @type {[number, string, string][]} */ ([[0, "request", "/"], [9e6, "exception", "E"]]);
  store.receive(...message({ reset: true, spans, events }, [
    [0, 0, [[2e6, 9], [5e6, 14]]],
    [1, 0, [[3e6, 9]]],
  ]));
  const times = stepTimes(store);
  assert.deepEqual([...times].map((time) => stepWords(store, time)), [
    "request context begins, 1.00 ms",
    "chunk 0 passes generator, 2.00 ms",
    "chunk 0 passes client, 3.00 ms",
    "request context ends, 4.00 ms",
    "chunk 1 passes generator, 5.00 ms",
    "request context begins, 8.00 ms",
    "exception, 9.00 ms",
  ]);
});

test("what happens at the same time is one step, so that the slider passes it", () => {
  const store = new Store(() => {});
  const events = /** @type {[number, string, string][]} */ ([[4e6, "exception", "E"]]);
  store.receive(...message({ reset: true, spans: [[1e6, 4e6]], events }, [[0, 0, [[2e6, 9]]]]));
  assert.deepEqual([...stepTimes(store)], [1e6, 2e6, 4e6]);
  assert.equal(stepWords(store, 4e6), "exception, 4.00 ms");
});
