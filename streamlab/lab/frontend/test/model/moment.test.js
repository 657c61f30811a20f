/** What is known of a run at a moment, and the moment that all regions show. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Moment } from "../../src/model/moment.js";
import { Playhead } from "../../src/model/playhead.js";
import { Store } from "../../src/model/store.js";
import { message } from "../../fixtures/batches.js";

const ERROR = { last: "RuntimeError: no", sentence: "", fixes: [], advice: "", traceback: [] };
/** @type {Store} */
let store;

/** @param {number} seq @param {Partial<import("../../src/model/protocol.js").Batch>} [fields] */
function receive(seq, fields = {}) {
  const all = /** @type {Partial<import("../../src/model/protocol.js").Batch>} */ ({
    seq,
    reset: true,
    state: "done",
    totals: [2, 1],
    spans: [[100, 400]],
    events: [[50, "request", ""], [600, "exception", "RuntimeError"]],
    output: [[250, "hello", "stdout"]],
    error: ERROR,
    error_line: { source: 0, line: 9 },
    ...fields,
  });
  store.receive(...message(all, [
    [0, 0, [[200, 9, 0, 7], [500, 14, 0, 8]]],
    [1, 0, [[300, 9]]],
  ]));
}

beforeEach(() => {
  store = new Store(() => {});
  receive(1);
});

/** @param {number} [time] */
function known(time) {
  const moment = new Moment(store, time);
  const [generator, client] = store.lanes;
  return {
    rows: [moment.rows(generator), moment.rows(client)],
    bytes: [moment.bytes(generator), moment.bytes(client)],
    chunks: [moment.chunks(generator), moment.chunks(client)],
    line: moment.at?.line,
    context: moment.contextActive,
    raised: Boolean(moment.error),
    done: moment.done,
    events: moment.events.length,
    output: moment.output.length,
  };
}

test("before the first step nothing has happened", () => {
  const nothing = { rows: [0, 0], bytes: [0, 0], chunks: [0, 0], line: undefined, context: false };
  assert.deepEqual(known(-1), { ...nothing, raised: false, done: false, events: 0, output: 0 });
});

test("at a chunk, this chunk has passed, and the generator is suspended in its line", () => {
  const first = { rows: [1, 0], bytes: [9, 0], chunks: [1, 0], line: 7, context: true };
  assert.deepEqual(known(200), { ...first, raised: false, done: false, events: 1, output: 0 });
  assert.deepEqual(known(299), { ...known(200), output: 1 });
});

test("a context is active from its begin up to its end", () => {
  assert.deepEqual([99, 100, 399, 400].map((time) => known(time).context), [false, true, true, false]);
});

test("after the exception no line is suspended, and its line is known", () => {
  assert.equal(known(599).line, 8);
  assert.deepEqual([known(600).line, known(600).raised, known(600).done], [undefined, true, true]);
  assert.equal(new Moment(store, 599).errorLine, null);
  assert.deepEqual(new Moment(store, 600).errorLine, { source: 0, line: 9 });
});

test("the newest moment leaves out nothing", () => {
  const { rows, bytes, raised, done, events, output } = known();
  assert.deepEqual({ rows, bytes }, { rows: [2, 1], bytes: [14, 9] });
  assert.deepEqual({ raised, done, events, output }, { raised: true, done: true, events: 2, output: 1 });
});

test("all regions are told of another moment, but not of the same one", () => {
  const playhead = new Playhead(store);
  let told = 0;
  const controller = new AbortController();
  playhead.subscribe(() => told++, controller.signal);
  playhead.set(200);
  playhead.set(200);
  assert.deepEqual([told, playhead.moment.time, playhead.moment.newest], [1, 200, false]);
  controller.abort();
  playhead.set(Infinity);
  assert.deepEqual([told, playhead.moment.newest], [1, true]);
});

test("another run begins at its newest moment; more of the same run changes nothing", () => {
  const playhead = new Playhead(store);
  playhead.set(200);
  receive(2, { reset: false });
  assert.equal(playhead.moment.time, 200);
  receive(3);
  assert.equal(playhead.moment.newest, true);
});
