/** What is held between two lanes, drawn onto a canvas that notes what it is asked for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { drawHeld } from "../../src/timeline/held-areas.js";
import { Lane } from "../../src/model/lane.js";
import { Scale, timeAxis } from "../../src/timeline/scale.js";

/** Milliseconds, a pixel each. */
const WIDTH = 100;
const MS = 1e6;

/** @param {string} name @param {[number, number][]} rows time in ms, end */
function lane(name, rows, more = {}) {
  const made = new Lane(name);
  made.write(0, Float64Array.from(rows.flatMap(([time, end]) => [time * MS, end, -1, -1])));
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
  const scene = /** @type {any} */ ({ context, lanes, facts, axis, scale, palette });
  const stretches = drawHeld(scene, few);
  const of = (/** @type {string} */ shade) => areas.filter((a) => a.shade === shade).map((a) => a.x);
  return { stretches, back: of("warn"), onItsWay: of("accent") };
}

const MADE = /** @type {[number, number][]} */ ([[10, 5], [30, 8], [50, 9]]);

test("what is passed on before more is made is on its way, and never held back", () => {
  const { back, onItsWay } = drawn([lane("app", MADE), lane("server", [[12, 5], [32, 8], [52, 9]])]);
  assert.deepEqual(back, []);
  assert.deepEqual(onItsWay, [10, 11, 30, 31, 50, 51]);
});

test("what is still there when more is made is held back until it passes", () => {
  const { back, stretches } = drawn([lane("app", MADE), lane("buffer", [[70, 9]])]);
  assert.deepEqual([back[0], back.at(-1), back.length], [30, 69, 40]);
  assert.deepEqual(stretches, [{ upper: 0, left: 30, width: 40, most: 9 }]);
});

test("where bytes are recoded, anything that comes out ends it, but the head of a coding", () => {
  const gzip = lane("gzip", [[12, 10], [70, 40]], { coding: 1, head: 10 });
  const { back } = drawn([lane("app", MADE), gzip]);
  assert.deepEqual([back[0], back.at(-1)], [30, 69]);
});

test("a client that looks late holds nothing back that was sent for sure", () => {
  const client = lane("client", [[70, 9]], { prompt: true });
  assert.deepEqual(drawn([lane("server", MADE), client]).back, []);
});

test("where chunks are many, what is on its way is left out", () => {
  const { onItsWay, back } = drawn([lane("app", MADE), lane("buffer", [[70, 9]])], false);
  assert.deepEqual(onItsWay, []);
  assert.equal(back.length, 40);
});
