/**
 * What the user points at: the chunks or the event at a pixel of the timeline.
 */
import { bisectLeft, bisectRight } from "../model/bisect.js";
import { marksOf } from "./marks.js";
import { MAX_MARKS, visibleRows } from "./scene.js";

/** @typedef {import("./scene.js").Scene} Scene */

/** How far from a mark the pointer may be, in px. */
const REACH = 9;

/**
 * The rows at a pixel of a lane: the nearest mark, or all rows of a density cell.
 *
 * @param {Scene} scene
 * @param {number} lane
 * @param {number} x
 */
export function rowsAt({ scale, windows, axis }, lane, x) {
  const [from, to] = windows[lane];
  const column = axis.columns[lane];
  const crowd = visibleRows(windows) > MAX_MARKS;
  const reach = crowd ? 0.5 : REACH;
  const first = bisectLeft(column, scale.toPosition(x - reach), from, to);
  const last = bisectRight(column, scale.toPosition(x + reach), from, to);
  if (first >= last) return null;
  if (crowd && last - first > 1) return { first, last };
  const distance = (/** @type {number} */ row) => Math.abs(scale.toPixel(column[row]) - x);
  let nearest = first;
  for (let row = first; row < last; row++) if (distance(row) < distance(nearest)) nearest = row;
  return { first: nearest, last: nearest + 1 };
}

/**
 * The mark of an event or a printed line at a point.
 *
 * @param {Scene} scene
 * @param {number} x
 * @param {number} y
 */
export function markAt({ scale, axis, facts, layout }, x, y) {
  if (y < layout.eventsTop) return undefined;
  const distance = (/** @type {import("./marks.js").Mark} */ { time }) => Math.abs(scale.toPixel(axis.of(time)) - x);
  const near = marksOf(facts).filter((mark) => distance(mark) < REACH);
  return near.sort((a, b) => distance(a) - distance(b))[0];
}
