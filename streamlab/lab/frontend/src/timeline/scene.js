/**
 * One frame of the timeline.
 */
import { drawBand } from "./context-band.js";
import { drawDensity } from "./chunk-density.js";
import { formatTime, tickFormat } from "../text/format.js";
import * as geometry from "./geometry.js";
import { drawHappenings } from "./event-marks.js";
import { drawHeld, nameHolders } from "./held-areas.js";
import { MOST_JOINED, drawJoins, drawMarks } from "./chunk-marks.js";
import { bisectLeft, bisectRight } from "../model/bisect.js";
import { tickStep } from "./scale.js";

/**
 * @typedef Scene
 * @property {CanvasRenderingContext2D} context
 * @property {import("../model/lane.js").Lane[]} lanes
 * @property {import("../model/store.js").Store["facts"]} facts
 * @property {import("./scale.js").Axis} axis
 * @property {import("./scale.js").Scale} scale
 * @property {[from: number, to: number][]} windows  the rows in sight, lane by lane
 * @property {import("./palette.js").Palette} palette
 * @property {import("../model/selected-bytes.js").Bytes | null} cursor  bytes to be lit
 */

/** Up to so many chunks in sight each is a mark of its own. */
export const MOST_MARKS = 2000;
/** Room an axis label takes, in px. */
const TICK_ROOM = 90;

/**
 * The rows of each lane that are in sight.
 *
 * @param {Pick<Scene, "lanes" | "axis" | "scale">} scene
 * @returns {[number, number][]}
 */
export function windowsOf({ lanes, axis, scale }) {
  const { from, to } = scale.sight;
  return lanes.map((lane, index) => [
    bisectLeft(axis.columns[index], from, 0, lane.length),
    bisectRight(axis.columns[index], to, 0, lane.length),
  ]);
}

/** @param {Scene["windows"]} windows */
export function inSight(windows) {
  return windows.reduce((sum, [from, to]) => sum + to - from, 0);
}

/** @param {Scene} scene */
export function drawScene(scene) {
  const { context, lanes, scale, windows, palette } = scene;
  context.clearRect(0, 0, scale.width, geometry.heightFor(lanes.length));
  context.font = palette.font;
  context.textBaseline = "middle";
  drawGrid(scene);
  drawBand(scene);
  const chunks = inSight(windows);
  const held = drawHeld(scene, chunks <= MOST_MARKS);
  if (chunks > MOST_MARKS) {
    drawDensity(scene);
  } else {
    if (chunks <= MOST_JOINED) drawJoins(scene);
    drawMarks(scene);
  }
  nameHolders(scene, held);
  drawHappenings(scene);
}

/** Rails for the lanes, and the axis. @param {Scene} scene */
function drawGrid({ context, lanes, facts, axis, scale, palette }) {
  const bottom = geometry.axisTop(lanes.length);
  context.fillStyle = palette.faint;
  lanes.forEach((_, lane) => context.fillRect(0, geometry.middleOf(lane) - 0.5, scale.width, 1));
  context.fillRect(0, bottom - 0.5, scale.width, 1);
  if (facts.state === "idle") return;
  const { values, label } = axis.kind === "time" ? timeTicks(scale) : chunkTicks(axis, lanes, scale);
  const y = bottom + geometry.AXIS_HEIGHT / 2;
  let free = 0;
  for (const value of values) {
    const x = scale.toPixel(value);
    const text = label(value);
    const { width } = context.measureText(text);
    const left = x - width / 2;
    if (left < free || left + width > scale.width) continue;
    free = left + width + 12;
    context.globalAlpha = 0.5;
    context.fillStyle = palette.faint;
    context.fillRect(x - 0.5, geometry.BAND_HEIGHT, 1, bottom - geometry.BAND_HEIGHT + 4);
    context.globalAlpha = 1;
    context.fillStyle = palette.muted;
    context.fillText(text, left, y + 2);
  }
}

/** @param {Scene["scale"]} scale */
function timeTicks(scale) {
  const { from, to } = scale.sight;
  const wanted = Math.max(2, Math.floor(scale.width / TICK_ROOM));
  const step = tickStep((to - from) / wanted);
  const values = [];
  for (let at = Math.max(0, Math.ceil(from / step)); at * step <= to; at++) values.push(at * step);
  return { values, label: tickFormat(step, to) };
}

/**
 * In order of events a moment has no number, but each chunk has: that of the first lane with any.
 *
 * @param {Scene["axis"]} axis
 * @param {Scene["lanes"]} lanes
 * @param {Scene["scale"]} scale
 */
function chunkTicks(axis, lanes, scale) {
  const index = Math.max(0, lanes.findIndex((lane) => lane.length > 0));
  const column = axis.columns[index].subarray(0, lanes[index].length);
  const { from, to } = scale.sight;
  const first = bisectLeft(column, from);
  const last = bisectRight(column, to);
  const step = Math.max(1, Math.ceil((last - first) / (scale.width / TICK_ROOM)));
  const values = [];
  for (let row = Math.ceil(first / step) * step; row < last; row += step) values.push(column[row]);
  return { values, label: (/** @type {number} */ at) => `chunk ${lanes[index].chunkOf(bisectLeft(column, at))}` };
}

/**
 * An event's time and words, for the tip.
 *
 * @param {import("../model/protocol.js").EventMark} event
 */
export function eventWords([time, kind, text]) {
  return [`${kind} at ${formatTime(time)}`, text].filter(Boolean).join("\n");
}
