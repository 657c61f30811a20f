import assert from "node:assert/strict";
import { test } from "node:test";
import { Lane } from "../../src/model/lane.js";
import { Moment } from "../../src/model/moment.js";
import { Store } from "../../src/model/store.js";
import { heldAt, stationAfter, tilesAt } from "../../src/pipe/placement.js";

/**
 * Lanes with rows of time and end.
 *
 * @param {Record<string, [time: number, end: number][]>} rows
 * @param {Partial<Record<string, Partial<Lane>>>} [fields]
 */
function lanesOf(rows, fields = {}) {
  return Object.entries(rows).map(([name, pairs]) => {
    const lane = new Lane(name);
    const column = (/** @type {0 | 1} */ field) => Float64Array.from(pairs, (pair) => pair[field]);
    lane.write(0, column(0), column(1));
    return Object.assign(lane, { chunks: pairs.length, holder: name }, fields[name]);
  });
}

/**
 * @param {Lane[]} lanes
 * @param {number} time
 * @param {import("../../src/model/protocol.js").EventMark[]} [events]
 */
function at(lanes, time, events = []) {
  const store = new Store(() => {});
  store.lanes = lanes;
  store.facts = { ...store.facts, events };
  const moment = new Moment(store, time);
  const tiles = tilesAt(lanes, moment).map(({ key, station, delivered }) => [key, station, delivered]);
  const held = heldAt(lanes, moment).map(({ station, bytes, holder }) => [station, bytes, holder]);
  return { tiles, held };
}

const STRAIGHT = lanesOf({ generator: [[1, 9], [6, 14]], app: [[2, 9]], server: [[3, 9]], client: [[4, 9]] });

test("a chunk moves from station to station", () => {
  const stations = [0, 1, 2, 3, 4].map((time) => at(STRAIGHT, time).tiles[0]);
  assert.deepEqual(stations, [
    undefined,
    ["0:0", 1, false], // it has passed the generator, and is in the app
    ["0:0", 2, false],
    ["0:0", 2, false], // the server has sent it, and the client has not read it
    ["0:0", 3, true],
  ]);
  assert.deepEqual(at(STRAIGHT, 6).tiles, [["0:0", 3, true], ["0:1", 1, false]]);
});

test("what a station holds is named after its holder", () => {
  const lanes = lanesOf(
    { generator: [[1, 9], [2, 14]], app: [[1.5, 9], [2.5, 14]], buffer: [[8, 14]], server: [], client: [] },
    { buffer: { holder: "after_request" } },
  );
  // Only the first chunk was there when the second one was made.
  assert.deepEqual(at(lanes, 3).held, [[2, 9, "after_request"]]);
  assert.deepEqual(at(lanes, 3, [[4, "generator finished", ""]]).held, [[2, 9, "after_request"]]);
  assert.deepEqual(at(lanes, 5, [[4, "generator finished", ""]]).held, [[2, 14, "after_request"]]);
  assert.deepEqual(at(lanes, 3).tiles, [["0:0", 2, false], ["0:1", 2, false]]);
  assert.deepEqual(at(lanes, 9).held, []);
});

test("bytes on their way are not held", () => {
  assert.deepEqual([1, 2, 3, 4].map((time) => at(STRAIGHT, time).held), [[], [], [], []]);
});

test("a content coding takes chunks in and gives other ones out", () => {
  const lanes = lanesOf(
    { generator: [[1, 9], [5, 14]], gzip: [[2, 10], [6, 30]], client: [[3, 10], [7, 30]] },
    { gzip: { coding: 1, head: 10 }, client: { coding: 1, head: 10 } },
  );
  // The coding's head has no content: the chunk is still inside.
  assert.deepEqual(at(lanes, 3).tiles, [["0:0", 1, false], ["1:0", 2, true]]);
  assert.deepEqual(at(lanes, 5).held, [[1, 9, "gzip"]]);
  assert.deepEqual(at(lanes, 7).tiles, [["1:0", 2, true], ["1:1", 2, true]]);
  assert.deepEqual(at(lanes, 7).held, []);
});

test("nothing is said about bytes that another client received", () => {
  const lanes = lanesOf({ generator: [[1, 9]], server: [[2, 9]], client: [] }, { client: { unseen: true } });
  assert.deepEqual(at(lanes, 3), { tiles: [["0:0", 1, false]], held: [] });
});

test("a client holds nothing", () => {
  assert.equal(stationAfter(STRAIGHT, 2), 2);
  assert.equal(stationAfter(STRAIGHT, 1), 2);
  assert.equal(stationAfter(STRAIGHT, 3), 3);
});
