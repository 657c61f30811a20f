/**
 * The grid of the timeline: a line for each lane, and the axis with its labels.
 */
import { bisectLeft, bisectRight } from "../model/bisect.js";
import { sourceIndex } from "../model/lane.js";
import { tickFormat } from "../text/format.js";

/** @typedef {import("./scene.js").Scene} Scene */

/** The space for a label, in px. */
const TICK_ROOM = 90;

/**
 * The shortest step of 1, 2 or 5 units that is at least `room`.
 *
 * @param {number} room
 */
export function tickStep(room) {
  const power = 10 ** Math.floor(Math.log10(room));
  return power * ([1, 2, 5].find((nice) => nice * power >= room) ?? 10);
}

/** @param {Scene} scene */
export function drawGrid({ context, lanes, facts, axis, scale, palette, layout, sums }) {
  const bottom = layout.axisTop;
  context.fillStyle = palette.faint;
  if (!sums) lanes.forEach((_, lane) => context.fillRect(0, layout.middleOf(lane) - 0.5, scale.width, 1));
  context.fillRect(0, bottom - 0.5, scale.width, 1);
  if (facts.state === "idle") return;
  const { values, label } = axis.kind === "time" ? timeTicks(scale) : chunkTicks(axis, lanes, scale);
  const y = bottom + layout.axis / 2;
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
    context.fillRect(x - 0.5, layout.band, 1, bottom - layout.band + (layout.axis && 4));
    context.globalAlpha = 1;
    context.fillStyle = palette.muted;
    if (layout.axis) context.fillText(text, left, y + 2);
  }
}

/** @param {Scene["scale"]} scale */
function timeTicks(scale) {
  const { from, to } = scale.visible;
  const wanted = Math.max(2, Math.floor(scale.width / TICK_ROOM));
  const step = tickStep((to - from) / wanted);
  const values = [];
  for (let at = Math.max(0, Math.ceil(from / step)); at * step <= to; at++) values.push(at * step);
  return { values, label: tickFormat(step, to) };
}

/**
 * In order of events, the labels are the numbers of the chunks on the first lane that has any.
 *
 * @param {Scene["axis"]} axis
 * @param {Scene["lanes"]} lanes
 * @param {Scene["scale"]} scale
 */
function chunkTicks(axis, lanes, scale) {
  const index = Math.max(0, sourceIndex(lanes));
  const column = axis.columns[index].subarray(0, lanes[index].length);
  const { from, to } = scale.visible;
  const first = bisectLeft(column, from);
  const last = bisectRight(column, to);
  const step = Math.max(1, Math.ceil((last - first) / (scale.width / TICK_ROOM)));
  const values = [];
  for (let row = Math.ceil(first / step) * step; row < last; row += step) values.push(column[row]);
  return { values, label: (/** @type {number} */ at) => `chunk ${lanes[index].chunkOf(bisectLeft(column, at))}` };
}
