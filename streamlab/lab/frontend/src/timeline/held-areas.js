/**
 * The bytes between two lanes, drawn as areas: the higher, the more bytes. Bytes are held if they
 * have not passed when the next chunk is made. Before that they are on their way.
 */
import { count } from "../text/format.js";
import { bisectLeft, bisectRight } from "../model/bisect.js";
import { sourceIndex } from "../model/lane.js";
import { endOf } from "./axis.js";

/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {{ upper: number, left: number, width: number, most: number }} Stretch */

/** The space between the marks of two lanes, in px. */
const MAX_HEIGHT = 14;

/**
 * Draw the areas for each pixel, so the cost does not depend on the number of chunks.
 *
 * @param {Scene} scene
 * @param {boolean} few  chunks are few enough to also draw bytes on their way
 * @returns {Stretch[]} the longest time that bytes are held between each two lanes
 */
export function drawHeld(scene, few) {
  const { context, lanes, facts, axis, scale, palette, layout } = scene;
  const made = sourceIndex(lanes);
  const end = endOf(axis, facts);
  const until = Math.min(scale.width, scale.toPixel(end));
  /** @type {Stretch[]} */
  const longest = [];
  for (let upper = Math.max(0, made); made >= 0 && upper + 1 < lanes.length; upper++) {
    const y = layout.below(upper);
    const next = lanes[upper + 1];
    // The view has the start of the page only, so it does not know what is on its way there.
    if (!lanes[upper].length || next.unseen || next.browser) continue;
    let stretch = { upper, left: 0, width: 0, most: 0 };
    let best = stretch;
    for (let x = 0; x < until; x++) {
      const { size, back } = heldAt(scene, made, upper, scale.toPosition(x));
      if (!back) stretch = { upper, left: x + 1, width: 0, most: 0 };
      if (size <= 0 || !(back || few)) continue;
      const height = Math.min(MAX_HEIGHT, layout.mark - 2, 3 + 2 * Math.log10(size));
      context.globalAlpha = back ? 0.55 : 0.15;
      context.fillStyle = back ? palette.warn : palette.accent;
      context.fillRect(x, y - height / 2, 1, height);
      if (!back) continue;
      stretch.width++;
      stretch.most = Math.max(stretch.most, size);
      if (stretch.width > best.width) best = stretch;
    }
    if (best.width) longest.push(best);
  }
  context.globalAlpha = 1;
  return longest;
}

/**
 * @param {Scene} scene
 * @param {number} made  the lane on which chunks are made
 * @param {number} upper
 * @param {number} at  a position on the axis
 */
function heldAt({ lanes, axis }, made, upper, at) {
  const [lane, next] = [lanes[upper], lanes[upper + 1]];
  const column = axis.columns[upper];
  /** @param {number} row */
  const passedBefore = (row) => (row ? lane.ends[row - 1] : 0);
  const passed = passedBefore(bisectRight(column, at, 0, lane.length));
  const out = bisectRight(axis.columns[upper + 1], at, 0, next.length);
  let further = out ? next.ends[out - 1] : 0;
  if (lane.coding !== next.coding) {
    // Offsets cannot be compared: what comes out contains all that had gone in before.
    const came = further > next.head ? axis.columns[upper + 1][out - 1] : -Infinity;
    further = passedBefore(bisectRight(column, came, 0, lane.length));
  }
  const latest = bisectRight(axis.columns[made], at, 0, lanes[made].length);
  const then = latest ? axis.columns[made][latest - 1] : -Infinity;
  const thereAlready = passedBefore(bisectLeft(column, then, 0, lane.length));
  return { size: passed - further, back: !next.prompt && further < Math.min(passed, thereAlready) };
}

/**
 * What is between two lanes at a pixel, in words; null if there is nothing.
 *
 * @param {Scene} scene
 * @param {number} upper
 * @param {number} x
 */
export function heldWords(scene, upper, x) {
  const { lanes, scale } = scene;
  const made = sourceIndex(lanes);
  const next = lanes[upper + 1];
  if (made < 0 || upper < made || !next || next.unseen || next.browser) return null;
  const { size, back } = heldAt(scene, made, upper, scale.toPosition(x));
  if (size <= 0) return null;
  const bytes = count(size, "byte");
  return back ? `${next.holder} holds ${bytes}` : `${bytes} on the way to ${next.name}`;
}

/**
 * Write what holds how much, if the area is at least twice as wide as the text.
 *
 * @param {Scene} scene
 * @param {Stretch[]} held
 */
export function nameHolders({ context, lanes, palette, layout }, held) {
  for (const { upper, left, width, most } of held) {
    const text = `${lanes[upper + 1].holder} holds ${count(most, "byte")}`;
    const room = context.measureText(text).width + 8;
    if (room > width / 2) continue;
    const x = left + (width - room) / 2;
    const y = layout.below(upper);
    context.fillStyle = palette.surface;
    context.fillRect(x, y - 7, room, 14);
    context.fillStyle = palette.ink;
    context.fillText(text, x + 4, y + 0.5);
  }
}
