import assert from "node:assert/strict";
import { test } from "node:test";
import { Lane } from "../../src/model/lane.js";
import { Layout } from "../../src/timeline/geometry.js";
import { markAt, rowsAt } from "../../src/timeline/hit-test.js";
import { Scale } from "../../src/timeline/scale.js";
import { MAX_MARKS, windowsOf } from "../../src/timeline/scene.js";
import { fill } from "../../fixtures/batches.js";

/** A timeline of 1,000 px, one for each ns, with chunks at `times`. @param {number[]} times */
function sceneWith(times, events = /** @type {[number, string, string][]} */ ([])) {
  const lane = new Lane("client");
  fill(lane, times.map((time, index) => [time, index + 1]));
  const lanes = [lane];
  const axis = { low: 0, high: 1000, columns: [lane.times], of: (/** @type {number} */ t) => t };
  const scale = new Scale(axis, 1000, { k: 1, x: 0 });
  const windows = windowsOf(/** @type {any} */ ({ lanes, axis, scale }));
  return /** @type {any} */ ({ lanes, axis, scale, windows, facts: { events, output: [] }, layout: new Layout(1) });
}

test("the nearest mark is found if it is close enough", () => {
  const scene = sceneWith([100, 106, 300]);
  assert.deepEqual(rowsAt(scene, 0, 105), { first: 1, last: 2 });
  assert.deepEqual(rowsAt(scene, 0, 93), { first: 0, last: 1 });
  assert.equal(rowsAt(scene, 0, 200), null);
});

test("in a density cell all chunks of the pixel are found", () => {
  const scene = sceneWith(Array.from({ length: MAX_MARKS + 2 }, (_, index) => index / 4));
  assert.deepEqual(rowsAt(scene, 0, 100), { first: 398, last: 403 });
});

test("an event is found below the lanes, but not one that the context band shows", () => {
  const events = /** @type {[number, string, string][]} */ ([
    [50, "context pushed", ""],
    [400, "warning", "late"],
  ]);
  const scene = sceneWith([], events);
  const y = new Layout(1).eventsTop;
  assert.equal(markAt(scene, 404, y)?.kind, "warning");
  assert.equal(markAt(scene, 404, y - 1), undefined);
  assert.equal(markAt(scene, 50, y), undefined);
});
