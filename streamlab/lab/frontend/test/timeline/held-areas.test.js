/** The areas of held bytes, drawn on a canvas that records the calls. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Layout } from "../../src/timeline/geometry.js";
import { drawHeld } from "../../src/timeline/held-areas.js";
import { Lane } from "../../src/model/lane.js";
import { timeAxis } from "../../src/timeline/axis.js";
import { Scale } from "../../src/timeline/scale.js";
import { fill } from "../../fixtures/batches.js";

/** The width in pixels; each is a millisecond. */
const WIDTH = 100;
const MS = 1e6;

/** @param {string} name @param {[number, number][]} rows time in ms, end */
function lane(name, rows, more = {}) {
  const made = new Lane(name);
  fill(made, rows.map(([time, end]) => [time * MS, end]));
  return Object.assign(made, { holder: name }, more);
}

/** @param {Lane[]} lanes */
function drawn(lanes, few = true) {
  const facts = /** @type {any} */ ({ state: "running", now: WIDTH * MS, events: [], spans: [] });
  const axis = { ...timeAxis({ facts, lanes }), low: 0, high: WIDTH * MS };
  const areas = /** @type {{ x: number, shade: string }[]} */ ([]);
  const context = /** @type {any} */ ({
    fillStyle: "",
    fillRect(/** @type {number} */ x) {
      areas.push({ x, shade: this.fillStyle });
    },
  });
  const palette = /** @type {any} */ ({ warn: "warn", accent: "accent" });
  const scale = new Scale(axis, WIDTH, { k: 1, x: 0 });
  const scene = /** @type {any} */ ({ context, lanes, facts, axis, scale, palette, layout: new Layout(lanes.length) });
  const stretches = drawHeld(scene, few);
  const of = (/** @type {string} */ shade) => areas.filter((a) => a.shade === shade).map((a) => a.x);
  return { stretches, back: of("warn"), onItsWay: of("accent") };
}

const MADE = /** @type {[number, number][]} */ ([[10, 5], [30, 8], [50, 9]]);

test("bytes that pass before the next chunk is made are on their way, not held", () => {
  const { back, onItsWay } = drawn([lane("app", MADE), lane("server", [[12, 5], [32, 8], [52, 9]])]);
  assert.deepEqual(back, []);
  assert.deepEqual(onItsWay, [10, 11, 30, 31, 50, 51]);
});

test("bytes that have not passed when the next chunk is made are held until they pass", () => {
  const { back, stretches } = drawn([lane("app", MADE), lane("buffer", [[70, 9]])]);
  assert.deepEqual([back[0], back.at(-1), back.length], [30, 69, 40]);
  assert.deepEqual(stretches, [{ upper: 0, left: 30, width: 40, most: 9 }]);
});

test("in recoded bytes the next content ends the area, but the header of the coding does not", () => {
  const gzip = lane("gzip", [[12, 10], [70, 40]], { coding: 1, head: 10 });
  const { back } = drawn([lane("app", MADE), gzip]);
  assert.deepEqual([back[0], back.at(-1)], [30, 69]);
});

test("a client that reads late does not hold bytes whose sending is confirmed", () => {
  const client = lane("client", [[70, 9]], { prompt: true });
  assert.deepEqual(drawn([lane("server", MADE), client]).back, []);
});

test("what a browser has not painted is not on its way: only the start of the page is known", () => {
  const { back, onItsWay } = drawn([lane("client", MADE), lane("page", [], { browser: true })]);
  assert.deepEqual([back, onItsWay], [[], []]);
});

test("with many chunks, bytes on their way are not drawn", () => {
  const { onItsWay, back } = drawn([lane("app", MADE), lane("buffer", [[70, 9]])], false);
  assert.deepEqual(onItsWay, []);
  assert.equal(back.length, 40);
});
