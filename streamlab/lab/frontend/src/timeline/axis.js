/**
 * The axes of the timeline: positions of chunks and events.
 *
 * There are two axes. `time` is the clock. `order` gives events equal steps, one after the other. A
 * chunk passes all lanes within a millisecond while seconds pass between two chunks, so its way is
 * visible only in this order.
 */
import { bisectLeft } from "../model/bisect.js";
import { marksOf } from "./marks.js";

/** @typedef {import("../model/lane.js").Lane} Lane */
/** @typedef {import("../model/store.js").Store} Store */

/**
 * @typedef Axis
 * @property {"time" | "order"} kind
 * @property {number} low
 * @property {number} high
 * @property {Float64Array[]} columns  positions of the chunks, one column for each lane
 * @property {(time_ns: number) => number} of  the position of any moment
 */

/** More events than this are not shown in order: it would cost too much with each new event. */
export const MAX_ORDERED = 100_000;
/** The least number of steps, so that the first events do not fill the whole width. */
const MIN_SLOTS = 16;
/** The shortest time axis: 1 ms. */
const MIN_TIME = 1e6;

/**
 * An axis that is just long enough. The times of the page are those of the browser, which can come
 * after the end of the exchange: they do not make it longer.
 *
 * @param {Pick<Store, "facts" | "lanes">} store
 * @returns {Axis}
 */
export function timeAxis({ facts, lanes }) {
  const last = lanes.filter(({ browser }) => !browser).map((lane) => lane.lastTime);
  const high = Math.max(MIN_TIME, facts.now, ...last) * 1.02;
  return withEnd({ kind: "time", low: 0, high, columns: lanes.map(({ times }) => times), of: (time) => time }, high);
}

/**
 * The same axis with another end.
 *
 * @param {Axis} axis
 * @param {number} high
 * @returns {Axis}
 */
export function withEnd(axis, high) {
  return { ...axis, low: axis.kind === "time" ? -high / 100 : -1, high };
}

/** @param {Pick<Store, "facts" | "lanes">} store */
export function canOrder({ facts, lanes }) {
  const chunks = lanes.reduce((sum, lane) => sum + lane.length, 0);
  return chunks + facts.events.length + facts.output.length <= MAX_ORDERED;
}

/**
 * @param {Pick<Store, "facts" | "lanes">} store
 * @returns {Axis}
 */
export function orderAxis({ facts, lanes }) {
  const moments = marksOf(facts)
    .map(({ time }) => time)
    .concat(facts.spans.flatMap(([start, end]) => (end === null ? [start] : [start, end])))
    .sort((a, b) => a - b);
  // An event comes before a chunk of the same time, because it led to the chunk.
  const queues = [Float64Array.from(moments), ...lanes.map((l) => l.times.subarray(0, l.length))];
  const { times, ranks } = merged(queues);
  return {
    kind: "order",
    low: -1,
    high: Math.max(MIN_SLOTS, times.length),
    columns: ranks.slice(1),
    of: (time) => bisectLeft(times, time),
  };
}

/**
 * Merge sorted queues; at equal times the earlier queue goes first.
 *
 * @param {Float64Array[]} queues
 * @returns {{ times: Float64Array, ranks: Float64Array[] }}
 */
function merged(queues) {
  const times = new Float64Array(queues.reduce((sum, queue) => sum + queue.length, 0));
  const ranks = queues.map((queue) => new Float64Array(queue.length));
  const heads = queues.map(() => 0);
  for (let rank = 0; rank < times.length; rank++) {
    let first = -1;
    for (let q = 0; q < queues.length; q++) {
      if (heads[q] === queues[q].length) continue;
      if (first < 0 || queues[q][heads[q]] < queues[first][heads[first]]) first = q;
    }
    times[rank] = queues[first][heads[first]];
    ranks[first][heads[first]++] = rank;
  }
  return { times, ranks };
}

/**
 * The position up to which the exchange is known: now, or in order of events the last event.
 *
 * @param {Axis} axis
 * @param {Store["facts"]} facts
 */
export function endOf(axis, facts) {
  return axis.kind === "time" ? facts.now : axis.of(Infinity) - 0.5;
}
