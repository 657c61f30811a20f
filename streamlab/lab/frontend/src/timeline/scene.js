/**
 * Draws the timeline.
 */
import { drawBand } from "./context-band.js";
import { drawDensity } from "./chunk-density.js";
import { drawEvents } from "./event-marks.js";
import { drawGrid } from "./grid.js";
import { drawSums } from "./byte-sums.js";
import { drawPlayhead } from "./playhead-line.js";
import { drawHeld, nameHolders } from "./held-areas.js";
import { MAX_JOINED, drawJoins, drawMarks } from "./chunk-marks.js";
import { bisectLeft, bisectRight } from "../model/bisect.js";

/**
 * @typedef Scene
 * @property {CanvasRenderingContext2D} context
 * @property {import("../model/lane.js").Lane[]} lanes
 * @property {import("../model/store.js").Store["facts"]} facts
 * @property {import("./axis.js").Axis} axis
 * @property {import("./scale.js").Scale} scale
 * @property {import("./geometry.js").Layout} layout
 * @property {[from: number, to: number][]} windows  the visible rows of each lane
 * @property {import("./palette.js").Palette} palette
 * @property {import("../model/moment.js").Moment} moment
 * @property {import("../model/selected-bytes.js").Bytes | null} selected  bytes to be highlighted
 * @property {boolean} [running]  a line shows the present
 * @property {boolean} [sums]  sums of bytes are drawn instead of the lanes
 */

/** If more chunks are visible than this, their density is drawn instead of a mark for each. */
export const MAX_MARKS = 2000;

/**
 * The visible rows of each lane.
 *
 * @param {Pick<Scene, "lanes" | "axis" | "scale">} scene
 * @returns {[number, number][]}
 */
export function windowsOf({ lanes, axis, scale }) {
  const { from, to } = scale.visible;
  return lanes.map((lane, index) => [
    bisectLeft(axis.columns[index], from, 0, lane.length),
    bisectRight(axis.columns[index], to, 0, lane.length),
  ]);
}

/** @param {Scene["windows"]} windows */
export function visibleRows(windows) {
  return windows.reduce((sum, [from, to]) => sum + to - from, 0);
}

/** @param {Scene} scene */
export function drawScene(scene) {
  const { context, scale, palette, layout } = scene;
  context.clearRect(0, 0, scale.width, layout.height);
  context.font = palette.font;
  context.textBaseline = "middle";
  drawGrid(scene);
  drawBand(scene);
  if (scene.sums) drawSums(scene);
  else drawLanes(scene);
  drawEvents(scene);
  drawPlayhead(scene);
}

/** @param {Scene} scene */
function drawLanes(scene) {
  const { windows } = scene;
  const chunks = visibleRows(windows);
  const held = drawHeld(scene, chunks <= MAX_MARKS);
  if (chunks > MAX_MARKS) {
    drawDensity(scene);
  } else {
    if (chunks <= MAX_JOINED) drawJoins(scene);
    drawMarks(scene);
  }
  nameHolders(scene, held);
}
