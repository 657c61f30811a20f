/**
 * The events below the lanes: a mark for each, and its name if there is room.
 */
import * as geometry from "./geometry.js";
import { marked } from "../text/labels.js";

/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {{ kind: string, x: number }} Mark */

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
  const { context, lanes, facts, axis, scale, palette } = scene;
  const y = geometry.eventsTop(lanes.length) + 12;
  const marks = marked(facts.events)
    .map(([time, kind]) => ({ kind, x: scale.toPixel(axis.of(time)) }))
    .filter(({ x }) => x > -HALF && x < scale.width + HALF);
  for (const { kind, x } of marks) {
    context.fillStyle = palette[ENDS[kind] ?? "muted"];
    if (ENDS[kind] === "error") drawBreak(context, x, y - HALF, palette.error);
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
  nameMarks(scene, ends, [], y + LINE);
  const others = marks.filter(({ kind }) => !(kind in ENDS));
  nameMarks(scene, others, marks, y);
}

/**
 * Write the name of each mark beside it, unless it would cover another name or mark.
 *
 * @param {Scene} scene
 * @param {Mark[]} marks  the first marks choose their place first
 * @param {Mark[]} obstacles
 * @param {number} y
 */
function nameMarks({ context, scale, palette }, marks, obstacles, y) {
  const taken = obstacles.map(({ x }) => [x - HALF, x + HALF]);
  for (const { kind, x } of marks) {
    const { width } = context.measureText(kind);
    const [before, below, after] = [x - GAP - width, x - width / 2, x + GAP];
    // On the separate line a name begins at the left of its mark, to leave room for later ones.
    const places = obstacles.length ? [after, before] : [before, below, after];
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
 * @param {number} bottom
 * @param {string} colour
 */
function drawBreak(context, x, bottom, colour) {
  context.beginPath();
  context.moveTo(x, geometry.BAND_HEIGHT);
  context.lineTo(x, bottom);
  context.setLineDash([3, 3]);
  context.lineWidth = 1;
  context.strokeStyle = colour;
  context.stroke();
  context.setLineDash([]);
}
