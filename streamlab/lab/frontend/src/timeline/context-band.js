/**
 * The band above the lanes: when a request context was active, and how long the generator ran
 * without one.
 */
import { endOf } from "./axis.js";

/** @typedef {import("./scene.js").Scene} Scene */

const HEIGHT = 14;
/** Between two lines of the hatching, in px. */
const HATCH = 7;
const WITHOUT = "no request context";

/** @param {Scene["layout"]} layout */
const topOf = ({ band }) => (band - HEIGHT) / 2;

/** @param {Scene} scene */
export function drawBand(scene) {
  const { facts, axis, scale } = scene;
  const end = endOf(axis, facts);
  facts.spans.forEach(([start, stop], index) => {
    const next = facts.spans[index + 1];
    const left = Math.max(-8, scale.toPixel(axis.of(start)));
    const right = Math.min(scale.width + 8, scale.toPixel(stop === null ? end : axis.of(stop)));
    if (right < 0 || left > scale.width) return;
    drawSpan(scene, left, Math.max(left + 2, right), stop === null);
    const named = write(scene, stop === null ? "active …" : "active", left, right);
    if (stop === null) return;
    const until = next ? axis.of(next[0]) : axis.of(lastWork(scene));
    const rest = Math.min(scale.width, scale.toPixel(Math.min(until, end)));
    // Visible also if the generator's last chunk is at the same position.
    if (!next && rest > right) drawRest(scene, right + 2, rest + 4, named);
    else if (!named) write(scene, "ended", right, next ? rest : scale.width);
  });
}

/**
 * @param {Scene} scene
 * @param {number} left
 * @param {number} right
 * @param {boolean} open  the span has not ended
 */
function drawSpan({ context, palette, layout }, left, right, open) {
  const top = topOf(layout);
  context.beginPath();
  context.roundRect(left, top, right - left, HEIGHT, open ? [4, 0, 0, 4] : 4);
  context.globalAlpha = 0.22;
  context.fillStyle = palette.context;
  context.fill();
  context.globalAlpha = 1;
  context.lineWidth = 1;
  context.strokeStyle = palette.context;
  context.stroke();
}

/**
 * When the generator last ran; Infinity if it can still run.
 *
 * @param {Scene} scene
 */
function lastWork({ facts, lanes }) {
  if (lanes[0]?.name !== "generator") return 0;
  const ended = facts.events.some(([, kind]) => /^generator (finished|closed)/.test(kind));
  if (facts.state !== "done" && !ended) return Infinity;
  const raised = facts.events.filter(([, kind]) => kind === "exception").map(([time]) => time);
  return Math.max(lanes[0].lastTime, ...raised);
}

/**
 * @param {Scene} scene
 * @param {number} left
 * @param {number} right
 * @param {boolean} named  the span before has a label
 */
function drawRest(scene, left, right, named) {
  const { context, palette, layout } = scene;
  const top = topOf(layout);
  context.save();
  context.beginPath();
  context.rect(left, top, right - left, HEIGHT);
  context.clip();
  context.beginPath();
  for (let x = Math.max(-HEIGHT, left - HEIGHT); x < right; x += HATCH) {
    context.moveTo(x, top + HEIGHT);
    context.lineTo(x + HEIGHT, top);
  }
  context.globalAlpha = 0.45;
  context.lineWidth = 1;
  context.strokeStyle = palette.muted;
  context.stroke();
  context.restore();
  const words = named ? [WITHOUT] : [`ended: ${WITHOUT}`, "ended"];
  words.some((text) => write(scene, text, left, right, palette.surface));
}

/**
 * Write a text if there is room.
 *
 * @param {Scene} scene
 * @param {string} text
 * @param {number} left
 * @param {number} right
 * @param {string} [ground]  the colour behind the text
 */
function write({ context, palette, layout }, text, left, right, ground) {
  const top = topOf(layout);
  const inset = Math.max(left, 0) + 6;
  const { width } = context.measureText(text);
  if (inset + width + 4 > right) return false;
  if (ground) {
    context.fillStyle = ground;
    context.fillRect(inset - 4, top, width + 8, HEIGHT);
  }
  context.fillStyle = palette.ink;
  context.fillText(text, inset, top + HEIGHT / 2 + 0.5);
  return true;
}
