/**
 * The events and the printed lines below the lanes: a mark for each, and its name if there is room.
 */
import { escaped } from "../text/format.js";
import { marksOf } from "./marks.js";

/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("./marks.js").Shape} Shape */
/** @typedef {[from: number, to: number]} Room */
/** @typedef {{ name: string, kind: string, shape: Shape, x: number }} Placed */

/** Events that say how the exchange ended. They are named first, on a separate line. */
const ENDS = ["exception", "generator closed", "client cut off", "client left", "warning"];
/** @type {Record<Shape, "muted" | "ink" | "warn" | "error">} */
const COLOURS = { event: "muted", print: "ink", stderr: "ink", problem: "warn", break: "error" };
/** Half the width of a mark, the distance of its name, and the height of a line, in px. */
const HALF = 4;
const GAP = 8;
const LINE = 14;
/** More marks than this have no names. */
const MAX_NAMED = 60;
/** The longest name of a printed line, in characters. */
const MAX_TEXT = 18;

/** @param {Scene} scene */
export function drawEvents(scene) {
  const { context, palette, layout } = scene;
  // With room for one line only, all names are on the line of the marks.
  const twoLines = layout.events > 2 * LINE;
  const y = layout.eventsTop + (twoLines ? 12 : layout.events / 2);
  const marks = placed(scene);
  for (const { shape, x } of marks) {
    if (shape === "break") drawBreak(context, x, layout.band, y - HALF, palette.error);
    drawShape(context, shape, x, y, palette[COLOURS[shape]]);
  }
  const ends = marks.filter(({ kind }) => ENDS.includes(kind));
  ends.sort((a, b) => ENDS.indexOf(a.kind) - ENDS.indexOf(b.kind));
  const taken = marks.map(({ x }) => /** @type {Room} */ ([x - HALF, x + HALF]));
  if (twoLines) nameMarks(scene, ends, [], y + LINE);
  else nameMarks(scene, ends, taken, y);
  if (marks.length > MAX_NAMED) return;
  const others = marks.filter(({ kind }) => !ENDS.includes(kind));
  // What the user has printed is more important to the user than what happened around it.
  others.sort((a, b) => Number(b.shape !== "event") - Number(a.shape !== "event"));
  nameMarks(scene, others, taken, y);
}

/**
 * The visible marks; only one of each shape at a pixel.
 *
 * @param {Scene} scene
 */
function placed({ facts, axis, scale }) {
  const marks = /** @type {Placed[]} */ ([]);
  const last = /** @type {Partial<Record<Shape, number>>} */ ({});
  for (const { time, kind, text, shape } of marksOf(facts)) {
    const x = scale.toPixel(axis.of(time));
    if (x <= -HALF || x >= scale.width + HALF || x - (last[shape] ?? -HALF) < 1) continue;
    last[shape] = x;
    const isText = shape === "print" || shape === "stderr";
    marks.push({ name: isText ? quoted(text) : kind, kind, shape, x });
  }
  return marks;
}

/** @param {string} text */
function quoted(text) {
  const line = text.trimEnd();
  return `“${escaped(line.length > MAX_TEXT ? `${line.slice(0, MAX_TEXT)}…` : line)}”`;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Shape} shape
 * @param {number} x
 * @param {number} y
 * @param {string} colour
 */
function drawShape(context, shape, x, y, colour) {
  const path = {
    event: [[0, -HALF], [HALF, 0], [0, HALF], [-HALF, 0]],
    print: [[-3, -3], [3, -3], [3, 3], [-3, 3]],
    stderr: [[-3, -3], [3, -3], [3, 3], [-3, 3]],
    problem: [[0, -HALF], [HALF + 0.5, HALF], [-HALF - 0.5, HALF]],
    break: [[-HALF, -HALF], [HALF, HALF], [0, 0], [HALF, -HALF], [-HALF, HALF], [0, 0]],
  }[shape];
  context.beginPath();
  for (const [right, down] of path) context.lineTo(x + right, y + down);
  context.closePath();
  context.fillStyle = context.strokeStyle = colour;
  context.lineWidth = shape === "break" ? 2 : 1.5;
  if (shape === "stderr" || shape === "break") context.stroke();
  else context.fill();
}

/**
 * Write the name of each mark beside it, unless it would cover another name or mark.
 *
 * @param {Scene} scene
 * @param {Placed[]} marks  the first marks choose their place first
 * @param {Room[]} taken  the room on the line that is not free; the names are added
 * @param {number} y
 */
function nameMarks({ context, scale, palette }, marks, taken, y) {
  const alone = !taken.length;
  for (const { name, shape, x } of marks) {
    const { width } = context.measureText(name);
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
    context.fillStyle = palette[COLOURS[shape]];
    context.fillText(name, left, y + 0.5);
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
