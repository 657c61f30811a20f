/**
 * The texts of the tooltip.
 */
import { h } from "../panes/dom.js";
import { count, escaped, formatBytes, formatDelay, formatMoment, formatTime } from "../text/format.js";
import { OTHER_CLIENT } from "../text/labels.js";
import { rowText } from "../text/chunk-text.js";

/** @typedef {import("../model/store.js").Store} Store */

/** @param {string} text */
const line = (text) => h("span", {}, text);

/** The tooltip shows at most this much of a chunk's text, in bytes. */
const MAX_TEXT = 120;

/**
 * @param {Store} store
 * @param {number} index  the lane
 * @param {number} row
 * @returns {Node[]}
 */
export function chunkTip(store, index, row) {
  const lane = store.lanes[index];
  const [start, end] = [lane.startOf(row), lane.ends[row]];
  const text = rowText(store, lane, row, MAX_TEXT);
  const location = locationOf(store, lane, row);
  return [
    h("strong", {}, `${numbered(lane, row)} on ${lane.name}`),
    ...(text === null ? [] : [h("code", {}, escaped(text))]),
    line(`${formatBytes(end - start)}, ends at byte ${end}`),
    line(`at ${formatMoment(lane.times[row])}`),
    ...store.lanes.slice(index + 1).map((next) => line(delay(lane, row, next))),
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
 * How long after this lane the bytes were complete on a later one.
 *
 * @param {import("../model/lane.js").Lane} lane
 * @param {number} row
 * @param {import("../model/lane.js").Lane} next
 */
function delay(lane, row, next) {
  if (next.unseen) return `${next.name}: ${OTHER_CLIENT}`;
  const same = lane.comparable(next);
  const arrival = same ? next.rowCompleting(lane.ends[row]) : next.rowFrom(lane.times[row]);
  if (arrival === next.length) return `${next.name}: not arrived`;
  return `${next.name}: ${formatDelay(next.times[arrival] - lane.times[row], same)}`;
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
 * @param {Store} store
 * @param {number} index
 * @param {number} from
 * @param {number} to
 * @returns {Node[]}
 */
export function crowdTip(store, index, from, to) {
  const lane = store.lanes[index];
  const bytes = lane.ends[to - 1] - lane.startOf(from);
  return [
    h("strong", {}, `${count(lane.chunksIn(from, to), "chunk")} on ${lane.name}`),
    line(formatBytes(bytes)),
    line(`${formatTime(lane.times[from])} to ${formatTime(lane.times[to - 1])}`),
    line("Zoom in to see each chunk."),
  ];
}

/**
 * The tooltip of an event: its kind, time and text.
 *
 * @param {import("../model/protocol.js").EventMark} event
 */
export function eventWords([time, kind, text]) {
  return [`${kind} at ${formatTime(time)}`, text].filter(Boolean).join("\n");
}
