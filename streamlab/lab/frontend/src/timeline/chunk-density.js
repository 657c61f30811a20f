/**
 * Very many chunks: a cell for each lane and pixel column, darker if more chunks passed. The cost
 * of drawing depends on the width, not on the number of chunks.
 */
import { bisectLeft } from "../model/bisect.js";
import { channels } from "./palette.js";

/** A cell with one chunk must still be visible. */
const MIN_ALPHA = 70;

/** @param {import("./scene.js").Scene} scene */
export function drawDensity({ context, lanes, windows, axis, scale, palette, layout }) {
  const width = Math.max(1, Math.round(scale.width));
  const image = new ImageData(width, lanes.length);
  const [red, green, blue] = channels(palette.accent);
  lanes.forEach((_, index) => {
    const counts = countColumns(axis.columns[index], windows[index], scale, width);
    const most = Math.log1p(counts.reduce((a, b) => Math.max(a, b), 1));
    for (let x = 0; x < width; x++) {
      if (!counts[x]) continue;
      const cell = 4 * (index * width + x);
      const share = Math.log1p(counts[x]) / most;
      image.data.set([red, green, blue, MIN_ALPHA + share * (255 - MIN_ALPHA)], cell);
    }
  });
  const cells = new OffscreenCanvas(width, lanes.length);
  cells.getContext("2d")?.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false;
  lanes.forEach((_, index) => {
    const top = layout.middleOf(index) - layout.mark / 2;
    context.drawImage(cells, 0, index, width, 1, 0, top, scale.width, layout.mark);
  });
}

/**
 * The number of chunks in each pixel column, with one binary search for each.
 *
 * @param {Float64Array} column
 * @param {[number, number]} window
 * @param {import("./scale.js").Scale} scale
 * @param {number} width
 */
export function countColumns(column, [from, to], scale, width) {
  const counts = new Float64Array(width);
  let row = from;
  for (let x = 0; x < width && row < to; x++) {
    const next = bisectLeft(column, scale.toPosition(x + 1), row, to);
    counts[x] = next - row;
    row = next;
  }
  return counts;
}
