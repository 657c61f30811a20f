/**
 * A mark for each chunk, and lines between the same bytes on neighbouring lanes.
 */
import { bytesOfRow, overlap } from "../model/selected-bytes.js";

/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("../model/lane.js").Lane} Lane */

const MAX_WIDTH = 6;
/** At most this many lines are drawn: more would be unreadable. */
const MAX_JOINS = 1200;
/** If more chunks are visible than this, no lines are drawn. */
export const MAX_JOINED = 600;

/** @param {Scene} scene */
export function drawJoins(scene) {
  const { context, lanes, palette, selected, layout } = scene;
  context.lineWidth = 1;
  let left = MAX_JOINS;
  for (let upper = 0; upper + 1 < lanes.length && left > 0; upper++) {
    if (!lanes[upper].comparable(lanes[upper + 1])) continue;
    const plain = new Path2D();
    const highlighted = new Path2D();
    left = joinLanes(scene, upper, left, (start, end, from, to) => {
      const { coding } = lanes[upper];
      const path = overlap({ start, end, coding }, selected) ? highlighted : plain;
      path.moveTo(from, layout.middleOf(upper) + layout.mark / 2);
      path.lineTo(to, layout.middleOf(upper + 1) - layout.mark / 2);
    });
    context.strokeStyle = palette.accent;
    context.globalAlpha = selected ? 0.3 : 0.7;
    context.stroke(plain);
    context.globalAlpha = 1;
    context.lineWidth = 2;
    context.stroke(highlighted);
    context.lineWidth = 1;
  }
}

/**
 * Call `join` for each pair of chunks of two neighbouring lanes that share bytes. Chunks can be
 * split or joined on the way, so they are matched by offsets.
 *
 * @param {Scene} scene
 * @param {number} upper
 * @param {number} most
 * @param {(start: number, end: number, from: number, to: number) => void} join
 * @returns {number} how many joins are left of `most`
 */
function joinLanes({ lanes, windows, axis, scale }, upper, most, join) {
  const [a, b] = [lanes[upper], lanes[upper + 1]];
  const [first, last] = sharedBytes(a, windows[upper], b, windows[upper + 1]);
  let left = most;
  let row = a.rowContaining(first);
  let other = b.rowContaining(first);
  while (row < a.length && other < b.length && left > 0) {
    const start = Math.max(a.startOf(row), b.startOf(other));
    const end = Math.min(a.ends[row], b.ends[other]);
    if (start >= last) break;
    const from = scale.toPixel(axis.columns[upper][row]);
    const to = scale.toPixel(axis.columns[upper + 1][other]);
    join(start, end, from, to);
    left--;
    if (a.ends[row] <= end) row++;
    if (b.ends[other] <= end) other++;
  }
  return left;
}

/**
 * The range of bytes that is visible on either lane.
 *
 * @param {Lane} a
 * @param {[number, number]} windowA
 * @param {Lane} b
 * @param {[number, number]} windowB
 */
function sharedBytes(a, windowA, b, windowB) {
  const ranges = [];
  if (windowA[1] > windowA[0]) ranges.push([a.startOf(windowA[0]), a.ends[windowA[1] - 1]]);
  if (windowB[1] > windowB[0]) ranges.push([b.startOf(windowB[0]), b.ends[windowB[1] - 1]]);
  return [Math.min(...ranges.map(([s]) => s)), Math.max(...ranges.map(([, e]) => e))];
}

/** @param {Scene} scene */
export function drawMarks(scene) {
  const { context, lanes, palette, selected, layout } = scene;
  lanes.forEach((lane, index) => {
    const width = markWidth(scene, index);
    const next = lanes[index + 1];
    const top = layout.middleOf(index) - layout.mark / 2;
    eachMark(scene, index, (row, x) => {
      const held = next && !next.browser && lane.comparable(next) && lane.ends[row] > next.bytes;
      const isSelected = overlap(bytesOfRow(lane, row), selected);
      const grow = isSelected ? 1.5 : 0;
      context.beginPath();
      context.roundRect(
        x - width / 2 - grow,
        top - grow,
        width + 2 * grow,
        layout.mark + 2 * grow,
        Math.min(2, width / 2),
      );
      context.globalAlpha = selected && !isSelected ? 0.45 : 1;
      // Hollow: the bytes have not passed the next lane.
      context.fillStyle = held ? palette.surface : palette.accent;
      context.fill();
      if (!held && !isSelected) return;
      context.lineWidth = 1.5;
      context.strokeStyle = held ? palette.warn : palette.ink;
      context.stroke();
    });
  });
  context.globalAlpha = 1;
}

/**
 * @param {Scene} scene
 * @param {number} index
 * @param {(row: number, x: number) => void} draw
 */
function eachMark({ windows, axis, scale }, index, draw) {
  const [from, to] = windows[index];
  for (let row = from; row < to; row++) draw(row, scale.toPixel(axis.columns[index][row]));
}

/**
 * The width of a mark. Marks that touch would hide how many there are.
 *
 * @param {Scene} scene
 * @param {number} index
 */
function markWidth({ windows, scale }, index) {
  const [from, to] = windows[index];
  return Math.max(1, Math.min(MAX_WIDTH, (0.7 * scale.width) / Math.max(1, to - from)));
}
