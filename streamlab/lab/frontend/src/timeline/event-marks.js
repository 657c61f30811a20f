/**
 * The events below the lanes: a mark for each, and its name if there is room.
 */
import { marked } from "../text/labels.js";

/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {{ kind: string, x: number }} Mark */
/** @typedef {[from: number, to: number]} Room */

/** Events that say how the exchange ended. They are named first, on a separate line. */
const ENDS = /** @type {Record<string, "warn" | "error" | "ink">} */ ({
  exception: "error",
  "generator closed": "ink",
  "client cut off": "error",
  "client left": "warn",
  warning: "warn",
});
/** Half the width of a mark, the distance of its name, and the height of a line, in px. */
const HALF = 4;
const GAP = 8;
const LINE = 14;

/** @param {Scene} scene */
export function drawEvents(scene) {
  const { context, facts, axis, scale, palette, layout } = scene;
  // With room for one line only, all names are on the line of the marks.
  const twoLines = layout.events > 2 * LINE;
  const y = layout.eventsTop + (twoLines ? 12 : layout.events / 2);
  const marks = marked(facts.events)
    .map(([time, kind]) => ({ kind, x: scale.toPixel(axis.of(time)) }))
    .filter(({ x }) => x > -HALF && x < scale.width + HALF);
  for (const { kind, x } of marks) {
    context.fillStyle = palette[ENDS[kind] ?? "muted"];
    if (ENDS[kind] === "error") drawBreak(context, x, layout.band, y - HALF, palette.error);
    context.beginPath();
    context.moveTo(x, y - HALF);
    context.lineTo(x + HALF, y);
    context.lineTo(x, y + HALF);
    context.lineTo(x - HALF, y);
    context.fill();
  }
  const weight = Object.keys(ENDS);
  const ends = marks.filter(({ kind }) => kind in ENDS);
  ends.sort((a, b) => weight.indexOf(a.kind) - weight.indexOf(b.kind));
  const others = marks.filter(({ kind }) => !(kind in ENDS));
  const taken = marks.map(({ x }) => /** @type {Room} */ ([x - HALF, x + HALF]));
  if (twoLines) nameMarks(scene, ends, [], y + LINE);
  else nameMarks(scene, ends, taken, y);
  nameMarks(scene, others, taken, y);
}

/**
 * Write the name of each mark beside it, unless it would cover another name or mark.
 *
 * @param {Scene} scene
 * @param {Mark[]} marks  the first marks choose their place first
 * @param {Room[]} taken  the room on the line that is not free; the names are added
 * @param {number} y
 */
function nameMarks({ context, scale, palette }, marks, taken, y) {
  const alone = !taken.length;
  for (const { kind, x } of marks) {
    const { width } = context.measureText(kind);
    const [before, below, after] = [x - GAP - width, x - width / 2, x + GAP];
    // On the separate line a name begins at the left of its mark, to leave room for later ones.
    const places = alone ? [before, below, after] : [after, before];
    const left = places.find(
      (at) =>
        at >= 0 &&
        at + width <= scale.width &&
        taken.every(([from, to]) => at > to || at + width < from),
    );
    if (left === undefined) continue;
    taken.push([left - GAP, left + width + GAP]);
    context.fillStyle = palette[ENDS[kind] ?? "muted"];
    context.fillText(kind, left, y + 0.5);
  }
}

/**
 * A dashed line through all lanes at the moment of an error.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} top
 * @param {number} bottom
 * @param {string} colour
 */
function drawBreak(context, x, top, bottom, colour) {
  context.beginPath();
  context.moveTo(x, top);
  context.lineTo(x, bottom);
  context.setLineDash([3, 3]);
  context.lineWidth = 1;
  context.strokeStyle = colour;
  context.stroke();
  context.setLineDash([]);
}
