/** Positions, marks and held bytes on the timeline: the same as in Python. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { marked } from "../src/text/labels.js";
import { orderAxis } from "../src/timeline/axis.js";
import { drawJoins, drawMarks } from "../src/timeline/chunk-marks.js";
import { Layout } from "../src/timeline/geometry.js";
import { heldWords } from "../src/timeline/held-areas.js";
import { Scale } from "../src/timeline/scale.js";
import { cases, lane } from "../fixtures/vectors.js";

for (const { name, input, expected } of cases("axis", "function", "order")) {
  test(`order: ${name}`, () => {
    const lanes = input.lanes.map((/** @type {number[]} */ times) =>
      lane("lane", times.map((time, index) => [time, index + 1])),
    );
    const facts = { state: "done", now: 0, events: input.events, output: [], spans: input.spans };
    const axis = orderAxis(/** @type {any} */ ({ facts, lanes }));
    const slots = axis.columns.map((column) => [...column]);
    assert.deepEqual(slots, expected);
  });
}

/** A path that records its lines as pairs of x. */
class RecordedPath {
  /** @type {[number, number][]} */
  lines = [];
  #from = 0;

  /** @param {number} x */
  moveTo(x) {
    this.#from = x;
  }

  /** @param {number} x */
  lineTo(x) {
    this.lines.push([this.#from, x]);
  }
}

/**
 * What is drawn for two lanes. The position of a chunk is its row.
 *
 * @param {any} input
 */
function drawn({ upper, lower, recoded }) {
  const lanes = [
    lane("upper", upper.map((/** @type {number} */ end, /** @type {number} */ row) => [row, end])),
    lane("lower", lower.map((/** @type {number} */ end, /** @type {number} */ row) => [row, end]), {
      coding: recoded ? 1 : 0,
    }),
  ];
  /** @type {[number, number][]} */
  const joins = [];
  /** @type {number[]} */
  const hollow = [];
  let x = 0;
  const context = {
    fillStyle: "",
    beginPath() {},
    roundRect(/** @type {number} */ left, _top = 0, width = 0) {
      x = left + width / 2;
    },
    fill() {
      if (this.fillStyle === "surface") hollow.push(Math.round(x));
    },
    stroke(/** @type {RecordedPath | undefined} */ path) {
      joins.push(...(path?.lines ?? []));
    },
  };
  const scene = /** @type {any} */ ({
    context,
    lanes,
    windows: lanes.map(({ length }) => [0, length]),
    axis: { columns: lanes.map(({ times }) => times) },
    scale: { width: 100, toPixel: (/** @type {number} */ position) => position },
    layout: new Layout(lanes.length),
    palette: { surface: "surface", accent: "accent" },
    selected: null,
  });
  Object.assign(globalThis, { Path2D: RecordedPath });
  drawJoins(scene);
  drawMarks(scene);
  return { joins, hollow };
}

for (const { name, input, expected } of cases("marks", "function", "chunks")) {
  test(`chunks: ${name}`, () => assert.deepEqual(drawn(input), expected));
}

for (const { input, expected } of cases("marks", "function", "events")) {
  test(`events with a mark: ${expected.join(", ") || "none"}`, () => {
    assert.deepEqual(marked(input).map(([, kind]) => kind), expected);
  });
}

for (const { name, input, expected } of cases("held")) {
  test(`held: ${name}`, () => {
    const lanes = input.lanes.map((/** @type {any} */ one) =>
      lane(one.name, one.rows, {
        holder: one.holder,
        head: one.head,
        coding: one.head ? 1 : 0,
        prompt: input.send_confirmed && one.name === "client",
      }),
    );
    // One pixel for each nanosecond.
    const scale = new Scale({ low: 0, high: 100 }, 100, { k: 1, x: 0 });
    const axis = { columns: lanes.map((/** @type {any} */ one) => one.times) };
    const scene = /** @type {any} */ ({ lanes, axis, scale });
    for (const { upper, time, text } of expected) {
      assert.equal(heldWords(scene, upper, time), text, `at ${time} below lane ${upper}`);
    }
  });
}
