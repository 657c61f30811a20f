/**
 * The small box that tells about the chunk pointed at.
 */
import { h } from "../panes/dom.js";
import { count, escaped, formatBytes, formatDelay, formatMoment, formatTime } from "../text/format.js";
import { ELSEWHERE } from "../text/labels.js";
import { rowText } from "../text/chunk-text.js";

/** @typedef {import("../model/store.js").Store} Store */

/** A tip shows so much of a chunk's text, in bytes. */
const MOST_TEXT = 120;

/**
 * @param {Store} store
 * @param {number} index  the lane
 * @param {number} row
 * @returns {Node[]}
 */
export function chunkTip(store, index, row) {
  const lane = store.lanes[index];
  const [start, end] = [lane.startOf(row), lane.ends[row]];
  const text = rowText(store, lane, row, MOST_TEXT);
  const place = placeOf(store, lane, row);
  return [
    h("strong", {}, `${numbered(lane, row)} on ${lane.name}`),
    ...(text === null ? [] : [h("code", {}, escaped(text))]),
    h("span", {}, `${formatBytes(end - start)}, up to byte ${end}`),
    h("span", {}, `at ${formatMoment(lane.times[row])}`),
    ...store.lanes.slice(index + 1).map((next) => h("span", {}, delay(lane, row, next))),
    ...(place ? [h("span", {}, place)] : []),
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
 * How long after this lane the bytes were whole on a later one.
 *
 * @param {import("../model/lane.js").Lane} lane
 * @param {number} row
 * @param {import("../model/lane.js").Lane} next
 */
function delay(lane, row, next) {
  if (next.unseen) return `${next.name}: ${ELSEWHERE}`;
  const same = lane.comparable(next);
  const arrival = same ? next.rowCompleting(lane.ends[row]) : next.rowFrom(lane.times[row]);
  if (arrival === next.length) return `${next.name}: not there`;
  return `${next.name}: ${formatDelay(next.times[arrival] - lane.times[row], same)}`;
}

/**
 * @param {Store} store
 * @param {import("../model/lane.js").Lane} lane
 * @param {number} row
 */
function placeOf({ facts }, lane, row) {
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
    h("span", {}, formatBytes(bytes)),
    h("span", {}, `${formatTime(lane.times[from])} to ${formatTime(lane.times[to - 1])}`),
    h("span", {}, "Zoom in to see them one by one."),
  ];
}
