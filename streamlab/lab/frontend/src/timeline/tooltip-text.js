/**
 * The texts of the tooltip.
 */
import { h } from "../panes/dom.js";
import { count, escaped, formatBytes, formatDelay, formatMoment, formatTime } from "../text/format.js";
import { OTHER_CLIENT } from "../text/labels.js";
import { rowText } from "../text/chunk-text.js";

import { bytesAt, summed } from "./byte-sums.js";
import { SHAPES } from "./marks.js";

/** @typedef {import("../model/store.js").Store} Store */
/** @typedef {import("../model/lane.js").Lane} Lane */

/** @param {string} text */
const line = (text) => h("span", {}, text);

/** The tooltip shows at most this much of a chunk's text, in bytes. */
const MAX_TEXT = 120;

/**
 * @param {Store} store
 * @param {number} index  the lane
 * @param {number} row
 * @param {Lane[]} lanes  by default those of the exchange
 * @returns {Node[]}
 */
export function chunkTip(store, index, row, lanes = store.lanes) {
  const lane = lanes[index];
  const [start, end] = [lane.startOf(row), lane.ends[row]];
  const text = rowText(store, lane, row, MAX_TEXT);
  const location = locationOf(store, lane, row);
  return [
    h("strong", {}, `${numbered(lane, row)} on ${lane.name}`),
    ...(text === null ? [] : [h("code", {}, escaped(text))]),
    line(`${formatBytes(end - start)}, ends at byte ${end}`),
    line(`at ${formatMoment(lane.times[row])}${lane.browser ? ", by the browser's clock" : ""}`),
    ...delays(lanes.slice(index), row).map(line),
    ...(location ? [line(location)] : []),
  ];
}

/**
 * @param {import("../model/lane.js").Lane} lane
 * @param {number} row
 */
function numbered(lane, row) {
  const [from, chunks] = [lane.chunkOf(row), lane.chunksIn(row, row + 1)];
  return chunks > 1 ? `chunks ${from} to ${from + chunks - 1}` : `chunk ${from}`;
}

/**
 * When the bytes of a chunk were complete on each later lane: the delay after the lane before, as in
 * the table of chunks.
 *
 * @param {Lane[]} lanes  from that of the chunk on
 * @param {number} row
 */
export function delays([lane, ...others], row) {
  let before = lane.times[row];
  return others.flatMap((next) => {
    if (next.unseen) return [`${next.name}: ${OTHER_CLIENT}`];
    const same = lane.comparable(next);
    const arrival = same ? next.rowCompleting(lane.ends[row]) : next.rowFrom(before);
    // The page is not part of the exchange.
    if (arrival === next.length) return next.browser ? [] : [`${next.name}: not arrived`];
    const delay = formatDelay(next.times[arrival] - before, same);
    before = next.times[arrival];
    return [`${next.name}: ${delay}`];
  });
}

/**
 * @param {Store} store
 * @param {import("../model/lane.js").Lane} lane
 * @param {number} row
 */
function locationOf({ facts }, lane, row) {
  const source = facts.sources[lane.sources[row]];
  return source && lane.lines[row] >= 0 ? `from ${source.title}, line ${lane.lines[row]}` : null;
}

/**
 * @param {Lane} lane
 * @param {number} from
 * @param {number} to
 * @returns {Node[]}
 */
export function crowdTip(lane, from, to) {
  const bytes = lane.ends[to - 1] - lane.startOf(from);
  return [
    h("strong", {}, `${count(lane.chunksIn(from, to), "chunk")} on ${lane.name}`),
    line(formatBytes(bytes)),
    line(`${formatTime(lane.times[from])} to ${formatTime(lane.times[to - 1])}`),
    line("Zoom in to see each chunk."),
  ];
}

/**
 * The tooltip of an event or a printed line: its kind, time and text.
 *
 * @param {import("./marks.js").Mark} mark
 */
export function markTip({ time, kind, text, shape }) {
  return [line(`${SHAPES[shape][0]} ${kind} at ${formatTime(time)}`), ...(text ? [line(text.trimEnd())] : [])];
}

/** What the shapes of the marks mean. */
export function legend() {
  return Object.values(SHAPES).map(([sign, meaning]) => line(`${sign} ${meaning}`));
}

/**
 * How many bytes have been made and received at a pixel.
 *
 * @param {import("./scene.js").Scene} scene
 * @param {number} x
 */
export function sumsTip({ lanes, scale }, x) {
  const time = Math.max(0, scale.toPosition(x));
  const { made, received } = summed(lanes);
  return [
    h("strong", {}, `at ${formatTime(time)}`),
    line(`made on ${made.name}: ${formatBytes(bytesAt(made, time))}`),
    line(`${received.name}: ${formatBytes(bytesAt(received, time))}`),
  ];
}
