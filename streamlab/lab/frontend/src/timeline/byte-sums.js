/**
 * How many bytes have been made and received, as stairs against time. The area between them is what
 * is on its way.
 */
import { bisectRight } from "../model/bisect.js";
import { sourceIndex } from "../model/lane.js";
import { formatBytes } from "../text/format.js";
import { endOf } from "./axis.js";

/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("../model/lane.js").Lane} Lane */

/** The space above and below the stairs, in px. */
const MARGIN = 8;
const NICE = [1, 1.5, 2, 3, 4, 6, 8, 10];

/**
 * The next round number: the top of the picture changes only when it is passed.
 *
 * @param {number} value
 */
export function roundedUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = NICE.find((nice) => nice * power >= value) ?? 10;
  return factor * power;
}

/**
 * The lanes whose bytes are summed: where they are made, and the last one on which they are known.
 *
 * @param {Lane[]} lanes
 */
export function summed(lanes) {
  const made = Math.max(0, sourceIndex(lanes));
  const own = lanes.filter(({ browser, unseen }) => !browser && !unseen);
  return { made: lanes[made], received: own[own.length - 1] };
}

/**
 * How many bytes have passed a lane at a time.
 *
 * @param {Lane} lane
 * @param {number} time
 */
export function bytesAt(lane, time) {
  const rows = bisectRight(lane.times, time, 0, lane.length);
  return rows ? lane.ends[rows - 1] : 0;
}

/** @param {Scene} scene */
export function drawSums(scene) {
  const { context, lanes, facts, axis, scale, palette, layout } = scene;
  const { made, received } = summed(lanes);
  const bottom = layout.eventsTop - MARGIN;
  const room = bottom - layout.band - MARGIN;
  const top = roundedUp(Math.max(1, made.bytes, received.bytes));
  const height = (/** @type {number} */ bytes) => bottom - (room * bytes) / top;
  context.fillStyle = palette.faint;
  for (const part of [0, 0.5, 1]) context.fillRect(0, height(part * top) - 0.5, scale.width, 1);
  const until = Math.max(0, Math.min(scale.width, scale.toPixel(endOf(axis, facts))));
  const upper = stairs(scene, made, until, height);
  const lower = stairs(scene, received, until, height);
  context.beginPath();
  for (const [x, y] of [...upper, ...[...lower].reverse()]) context.lineTo(x, y);
  context.globalAlpha = 0.2;
  context.fillStyle = palette.warn;
  context.fill();
  context.globalAlpha = 1;
  drawLine(context, upper, palette.accent, []);
  drawLine(context, lower, palette.ink, [4, 3]);
  context.fillStyle = palette.muted;
  context.fillText(formatBytes(top), 2, height(top) + 8);
  write(scene, `made ${formatBytes(made.bytes)}`, upper, -8);
  write(scene, `${received.name === "client" ? "received" : received.name} ${formatBytes(received.bytes)}`, lower, 9);
}

/**
 * The corners of the stairs. The bytes are looked up for each pixel, so the cost does not depend on
 * the number of chunks.
 *
 * @param {Scene} scene
 * @param {Lane} lane
 * @param {number} until  the last pixel
 * @param {(bytes: number) => number} height
 */
function stairs({ scale }, lane, until, height) {
  let y = height(bytesAt(lane, scale.toPosition(0)));
  const corners = [[0, y]];
  for (let x = 1; x <= until; x++) {
    const next = height(bytesAt(lane, scale.toPosition(x)));
    if (next === y) continue;
    corners.push([x, y], [x, next]);
    y = next;
  }
  corners.push([until, y]);
  return corners;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number[][]} corners
 * @param {string} colour
 * @param {number[]} dash
 */
function drawLine(context, corners, colour, dash) {
  context.beginPath();
  for (const [x, y] of corners) context.lineTo(x, y);
  context.setLineDash(dash);
  context.lineWidth = 2;
  context.strokeStyle = colour;
  context.stroke();
  context.setLineDash([]);
}

/**
 * Write a name at the end of the stairs: before the end, or behind it if there is no room.
 *
 * @param {Scene} scene
 * @param {string} text
 * @param {number[][]} corners
 * @param {number} below  how far from the line, in px
 */
function write({ context, scale, palette }, text, corners, below) {
  const [x, y] = corners[corners.length - 1];
  const { width } = context.measureText(text);
  const left = Math.max(2, Math.min(x - width - 6, scale.width - width - 4));
  context.fillStyle = palette.surface;
  context.globalAlpha = 0.8;
  context.fillRect(left - 2, y + below - 7, width + 4, 14);
  context.globalAlpha = 1;
  context.fillStyle = palette.ink;
  context.fillText(text, left, y + below);
}
