import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Store } from "../../src/model/store.js";
import { batch, message } from "../../fixtures/batches.js";

/** @type {number} */
let asked;
/** @type {Store} */
let store;

beforeEach(() => {
  asked = 0;
  store = new Store(({ type }) => {
    if (type === "snapshot") asked++;
  });
});

const row = [[10, 6, 0, 4]];

/**
 * The first batch, with one row.
 *
 * @param {Partial<import("../../src/model/protocol.js").Batch>} fields
 */
const first = (fields = {}, body = "") => message({ seq: 4, reset: true, ...fields }, [[0, 0, row]], body);

test("a new store has empty lanes", () => {
  assert.equal(store.facts.state, "idle");
  assert.deepEqual(
    store.lanes.map(({ name, length }) => [name, length]),
    [
      ["generator", 0],
      ["app", 0],
      ["server", 0],
      ["client", 0],
    ],
  );
});

test("rows and body grow from batch to batch", () => {
  store.receive(...first({ body: [0] }, "Hello "));
  store.receive(...message({ seq: 5, body: [6] }, [[0, 1, [[20, 11, 0, 5]]]], "World"));
  assert.equal(store.lanes[0].length, 2);
  assert.deepEqual([...store.lanes[0].ends.subarray(0, 2)], [6, 11]);
  assert.equal(new TextDecoder().decode(store.body), "Hello World");
});

test("columns grow and keep their content", () => {
  const rows = Array.from({ length: 1000 }, (_, i) => [i, i + 1, 0, i % 7]);
  store.receive(...message({ reset: true }, [[0, 0, rows.slice(0, 10)]]));
  store.receive(...message({ seq: 2 }, [[0, 10, rows.slice(10)]]));
  const [lane] = store.lanes;
  assert.equal(lane.length, 1000);
  assert.deepEqual([lane.times[3], lane.ends[999], lane.lines[998]], [3, 1000, 998 % 7]);
});

test("the first batch must be a snapshot", () => {
  store.receive(...message({ seq: 9 }, [[0, 0, row]]));
  assert.equal(asked, 1);
  assert.equal(store.lanes[0].length, 0);
});

test("after a gap batches are ignored until a snapshot arrives", () => {
  store.receive(...first());
  store.receive(batch({ seq: 6 }), []);
  store.receive(batch({ seq: 7, status: "must be ignored" }), []);
  assert.equal(asked, 1);
  assert.equal(store.facts.status, "");
  store.receive(batch({ seq: 8, reset: true, status: "snapshot" }), []);
  assert.equal(store.facts.status, "snapshot");
  assert.equal(store.lanes[0].length, 0);
});

test("each batch that continues the known ones is acknowledged", () => {
  /** @type {import("../../src/model/link.js").Message[]} */
  const sent = [];
  store = new Store((message) => sent.push(message));
  store.receive(...first());
  store.receive(batch({ seq: 6 }), []);
  store.receive(batch({ seq: 8, reset: true, state: "done" }), []);
  assert.deepEqual(sent, [
    { type: "ack", seq: 4 },
    { type: "snapshot", again: false },
    { type: "ack", seq: 8 },
  ]);
});

test("a kernel that does not answer is silent until the next batch", () => {
  /** @type {Set<() => void>} */
  const timers = new Set();
  store = new Store(
    () => {},
    (action) => {
      timers.add(action);
      return () => timers.delete(action);
    },
  );
  store.receive(...first({ state: "done" }));
  store.expect();
  assert.equal(timers.size, 1);
  store.receive(batch({ seq: 5, state: "done" }), []);
  assert.equal(timers.size, 0);
  store.expect();
  for (const action of timers) action();
  assert.ok(store.silent);
  store.receive(batch({ seq: 6, state: "done" }), []);
  assert.ok(!store.silent);
});

test("rows that do not continue the known ones are a gap", () => {
  store.receive(...first());
  store.receive(...message({ seq: 5 }, [[0, 2, row]]));
  assert.equal(asked, 1);
  assert.equal(store.lanes[0].length, 1);
});

test("a merged row that has grown is replaced", () => {
  store.receive(...first());
  const rows = [
    [10, 8, 0, 4],
    [20, 9, 0, 5],
  ];
  store.receive(...message({ seq: 5 }, [[0, 0, rows]]));
  assert.equal(asked, 0);
  assert.deepEqual([...store.lanes[0].ends.subarray(0, store.lanes[0].length)], [8, 9]);
});

test("a lane with a larger stride merges the rows that it has", () => {
  const rows = Array.from({ length: 10 }, (_, i) => [i, 5 * (i + 1), 0, i]);
  store.receive(...message({ reset: true }, [[0, 0, rows]]));
  store.receive(batch({ seq: 2, strides: [4, 1], totals: [10, 0] }), []);
  const [lane] = store.lanes;
  const seen = () => [lane.times, lane.ends, lane.lines].map((column) => [...column.subarray(0, lane.length)]);
  assert.deepEqual(seen(), [[0, 4, 8], [20, 40, 50], [0, 4, 8]]);
  assert.equal(lane.chunksIn(2, 3), 2);
  // The last row has grown, and there is another one.
  store.receive(...message({ seq: 3, strides: [4, 1] }, [[0, 2, [[8, 60, 0, 8], [12, 65, 0, 12]]]]));
  assert.deepEqual(seen(), [[0, 4, 8, 12], [20, 40, 60, 65], [0, 4, 8, 12]]);
  store.receive(batch({ seq: 4, strides: [16, 1], totals: [13, 0] }), []);
  assert.deepEqual(seen(), [[0], [65], [0]]);
});

test("a body that does not continue the known bytes is a gap", () => {
  store.receive(...first());
  store.receive(...message({ seq: 5, body: [3] }, [], "x"));
  assert.equal(asked, 1);
});

test("a list that is not sent again is kept", () => {
  const sources = [{ title: "Cell In[3]", kind: /** @type {"python"} */ ("python"), first: 1, text: "" }];
  store.receive(...first({ sources, spans: [[1, null]] }));
  store.receive(batch({ seq: 5, spans: [[1, 2]] }), []);
  assert.equal(store.facts.sources, sources);
  assert.deepEqual(store.facts.spans, [[1, 2]]);
});

test("of a long list only the new items are sent", () => {
  const [a, b, c] = ["a", "b", "c"].map((text, i) => /** @type {[number, string, string]} */ ([i, text, "stdout"]));
  store.receive(...first({ output: [a, b] }));
  store.receive(batch({ seq: 5, output_from: 2, output: [c] }), []);
  assert.deepEqual(store.facts.output, [a, b, c]);
  store.receive(batch({ seq: 6, output_from: 1, output: [c] }), []);
  assert.deepEqual(store.facts.output, [a, c]);
  store.receive(batch({ seq: 7, output_from: 2 }), []);
  assert.deepEqual(store.facts.output, [a, c]);
  store.receive(batch({ seq: 8, reset: true, output: [c] }), []);
  assert.deepEqual(store.facts.output, [c]);
});

test("a reset forgets the run before and its lanes", () => {
  store.receive(...first({ spans: [[1, 2]] }));
  const { epoch } = store;
  const run = { ...batch({}).run, lanes: ["generator", "gzip", "client"] };
  store.receive(batch({ seq: 5, reset: true, run }), []);
  assert.deepEqual(
    store.lanes.map(({ name }) => name),
    ["generator", "gzip", "client"],
  );
  assert.deepEqual(store.facts.spans, []);
  assert.notEqual(store.epoch, epoch);
});

test("lanes know their chunks, the chunks in a row, and which lanes have the same bytes", () => {
  const run = { ...batch({}).run, lanes: ["generator", "gzip", "client"], external: true };
  const fields = { totals: [35, 2, 0], strides: [16, 1, 1], recoded: ["gzip"] };
  const rows = [
    [1, 160],
    [2, 320],
    [3, 350],
  ];
  store.receive(...message({ reset: true, run, ...fields }, [[0, 0, rows]]));
  const [generator, gzip, client] = store.lanes;
  assert.deepEqual([generator.chunks, generator.chunkOf(2)], [35, 32]);
  assert.deepEqual([generator.chunksIn(0, 2), generator.chunksIn(2, 3)], [32, 3]);
  assert.equal(generator.comparable(generator), true);
  assert.equal(generator.comparable(gzip), false);
  assert.equal(gzip.comparable(client), false);
  store.receive(batch({ reset: true, run: { ...run, external: false }, recoded: ["gzip"] }), []);
  assert.equal(store.lanes[1].comparable(store.lanes[2]), true);
});

test("without merged or recoded lanes each row is a chunk and all lanes have the same bytes", () => {
  store.receive(...first());
  assert.deepEqual([store.lanes[0].chunks, store.lanes[0].stride], [1, 1]);
  assert.equal(store.lanes[0].comparable(store.lanes[1]), true);
});

test("the kernel is gone until the next batch", () => {
  store.leave();
  assert.equal(store.gone, true);
  store.receive(...first());
  assert.equal(store.gone, false);
});

test("listeners are called for each batch until their signal is aborted", () => {
  let calls = 0;
  const controller = new AbortController();
  store.subscribe(() => calls++, controller.signal);
  store.receive(...first());
  controller.abort();
  store.receive(batch({ seq: 5 }), []);
  assert.equal(calls, 1);
});
