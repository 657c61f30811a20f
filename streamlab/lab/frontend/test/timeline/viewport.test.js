import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Store } from "../../src/model/store.js";
import { Viewport } from "../../src/timeline/viewport.js";
import { batch, message } from "../../fixtures/batches.js";

/** @typedef {import("../../src/model/protocol.js").Batch} Batch */

const SECOND = 1e9;
/** @type {Store} */
let store;
/** @type {Viewport} */
let viewport;
let zoom = { k: 1, x: 0 };

beforeEach(() => {
  zoom = { k: 1, x: 0 };
  store = new Store(() => {});
  const behavior = {
    get transform() {
      return zoom;
    },
    resize() {},
    set: (/** @type {typeof zoom} */ wanted) => (zoom = wanted),
  };
  viewport = new Viewport(store, /** @type {any} */ (behavior));
});

/** @param {number} now @param {Partial<Batch>} [fields] */
function receive(now, fields = {}) {
  const rows = [[SECOND / 2, 6]];
  store.receive(...message({ reset: true, now, state: "done", ...fields }, [[0, 0, rows]]));
}

test("the order of events is shown first; what the user chooses stays for the next runs", () => {
  receive(SECOND);
  viewport.update(400, 200);
  assert.equal(viewport.axis.kind, "order");
  viewport.choose("time");
  viewport.update(400, 200);
  assert.equal(viewport.axis.kind, "time");
  receive(SECOND, { seq: 9, run: { ...batch({}).run, id: 2 } });
  viewport.update(400, 200);
  assert.equal(viewport.axis.kind, "time");
});

test("a part that is zoomed in stays visible while the axis grows", () => {
  receive(SECOND);
  viewport.update(400, 200);
  zoom = { k: 4, x: -400 };
  const { from, to } = viewport.scale.visible;
  store.receive(batch({ seq: 2, now: 3 * SECOND, state: "done" }), []);
  assert.deepEqual(viewport.update(400, 200), { resized: false, fresh: false });
  const { visible } = viewport.scale;
  assert.ok(Math.abs(visible.from - from) < 1 && Math.abs(visible.to - to) < 1);
});

test("a new run is shown as a whole", () => {
  receive(SECOND);
  viewport.update(400, 200);
  zoom = { k: 4, x: -400 };
  receive(2 * SECOND, { seq: 9 });
  assert.equal(viewport.update(400, 200).fresh, true);
  assert.deepEqual(zoom, { k: 1, x: 0 });
});

test("a timeline that is not visible keeps its size", () => {
  receive(SECOND);
  assert.equal(viewport.update(400, 200).resized, true);
  assert.equal(viewport.update(0, 200).resized, false);
  assert.equal(viewport.width, 400);
});

test("scrollTo moves the view only to a position that is not visible", () => {
  viewport.choose("time");
  receive(SECOND);
  viewport.update(400, 200);
  zoom = { k: 10, x: 0 };
  viewport.scrollTo(0);
  assert.deepEqual(zoom, { k: 10, x: 0 });
  viewport.scrollTo(SECOND / 2);
  const { from, to } = viewport.scale.visible;
  assert.ok(from < SECOND / 2 && SECOND / 2 < to);
});
