/**
 * Where each chunk is at a moment: a tile for each chunk, and the bytes that each station holds.
 *
 * A station is named after the lane at its exit: a chunk that has passed the lane `app` and not yet
 * the lane `gzip` is in the station `gzip`. A client is a reader, so what has not passed the lane
 * `client` is still in the station before it.
 */
import { bisectLeft } from "../model/bisect.js";
import { bytesOfRow } from "../model/selected-bytes.js";

/** @typedef {import("../model/lane.js").Lane} Lane */
/** @typedef {import("../model/moment.js").Moment} Moment */

/**
 * @typedef Tile
 * @property {string} key  the same for one chunk at every moment
 * @property {number} lane  the lane on which the chunk was made, or made anew by a content coding
 * @property {number} row
 * @property {number} station
 * @property {boolean} delivered  the client has it
 */

/**
 * @typedef Held
 * @property {number} station
 * @property {number} bytes
 * @property {string} holder
 */

/** The latest chunks that have a tile, for each coding. */
export const MAX_TILES = 16;

/**
 * The station of bytes that have passed a lane and not the next one.
 *
 * @param {Lane[]} lanes
 * @param {number} passed  the index of that lane
 */
export function stationAfter(lanes, passed) {
  const next = lanes[passed + 1];
  return !next || next.name === "client" ? passed : passed + 1;
}

/**
 * Lanes with the same bytes. A content coding begins a new group.
 *
 * @param {Lane[]} lanes
 * @returns {{ first: number, last: number }[]}
 */
function groupsOf(lanes) {
  const groups = [];
  for (let index = lanes.findIndex(({ length }) => length); index >= 0 && index < lanes.length; ) {
    const first = index;
    while (index < lanes.length && lanes[index].coding === lanes[first].coding) index++;
    groups.push({ first, last: index - 1 });
  }
  return groups;
}

/**
 * @param {Lane[]} lanes
 * @param {Moment} moment
 * @returns {Tile[]}
 */
export function tilesAt(lanes, moment) {
  const groups = groupsOf(lanes);
  return groups.flatMap(({ first, last }, number) => {
    const made = lanes[first];
    const rows = moment.rows(made);
    /** @type {Tile[]} */
    const tiles = [];
    for (let row = Math.max(0, rows - MAX_TILES); row < rows; row++) {
      const { end } = bytesOfRow(made, row);
      let passed = first;
      while (passed < last && moment.bytes(lanes[passed + 1]) >= end) passed++;
      const recoder = groups[number + 1] && passed === last ? lanes[last + 1] : undefined;
      if (recoder && hasLeft(recoder, arrival(lanes[passed], end), moment)) continue;
      const delivered = lanes[passed].name === "client" && passed === lanes.length - 1;
      tiles.push({ key: `${first}:${row}`, lane: first, row, station: stationAfter(lanes, passed), delivered });
    }
    return tiles;
  });
}

/**
 * @param {Lane} lane
 * @param {number} end  the offset after the last byte
 */
function arrival(lane, end) {
  return lane.times[lane.rowCompleting(end)];
}

/**
 * Whether a lane that codes its bytes anew has given out what went in at some time.
 *
 * @param {Lane} recoder
 * @param {number} time
 * @param {Moment} moment
 */
function hasLeft(recoder, time, moment) {
  return recoder.rowFrom(time) < moment.rows(recoder);
}

/**
 * The bytes that each station holds. Bytes on their way are not held: only those that were there
 * already when the generator made its latest chunk, or ended.
 *
 * @param {Lane[]} lanes
 * @param {Moment} moment
 * @returns {Held[]}
 */
export function heldAt(lanes, moment) {
  const latest = latestWork(lanes, moment);
  const held = [];
  for (let index = 0; index + 1 < lanes.length; index++) {
    const [lane, next] = [lanes[index], lanes[index + 1]];
    if (!lane.length || next.unseen || next.prompt) continue;
    const before = bisectLeft(lane.times, latest, 0, moment.rows(lane));
    const bytes = (before ? lane.ends[before - 1] : 0) - goneOn(lane, next, moment);
    if (bytes > 0) held.push({ station: stationAfter(lanes, index), bytes, holder: next.holder || next.name });
  }
  return held;
}

/**
 * When the latest chunk was made, or the generator ended.
 *
 * @param {Lane[]} lanes
 * @param {Moment} moment
 */
function latestWork(lanes, moment) {
  const made = lanes.find(({ length }) => length);
  const rows = made ? moment.rows(made) : 0;
  const chunk = made && rows ? made.times[rows - 1] : -Infinity;
  const ends = moment.events.filter(([, kind]) => /^generator (finished|closed)/.test(kind));
  return Math.max(chunk, ...ends.map(([time]) => time));
}

/**
 * How many of a lane's bytes have also passed the next lane.
 *
 * @param {Lane} lane
 * @param {Lane} next
 * @param {Moment} moment
 */
function goneOn(lane, next, moment) {
  if (lane.comparable(next)) return moment.bytes(next);
  const rows = moment.rows(next);
  if (!rows || next.ends[rows - 1] <= next.head) return 0;
  // What a coding gives out contains all that had gone in before.
  const before = next.times[rows - 1];
  let row = moment.rows(lane);
  while (row > 0 && lane.times[row - 1] > before) row--;
  return row ? lane.ends[row - 1] : 0;
}
