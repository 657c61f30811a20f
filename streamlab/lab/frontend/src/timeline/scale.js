/**
 * Where things stand on the timeline: from chunks to positions on an axis, from there to pixels.
 *
 * There are two axes. `time` is the clock. `order` gives each event a place of its own, one after
 * the other: it shows the way of a chunk where the clock would not, since a chunk passes all lanes
 * within a millisecond while seconds go by between two chunks.
 */
import { bisectLeft } from "../model/bisect.js";
import { marked } from "../text/labels.js";

/** @typedef {import("../model/lane.js").Lane} Lane */
/** @typedef {import("../model/store.js").Store} Store */

/**
 * @typedef Axis
 * @property {"time" | "order"} kind
 * @property {number} low
 * @property {number} high
 * @property {Float64Array[]} columns  positions of the chunks, a column a lane
 * @property {(time_ns: number) => number} of  the position of any moment
 */

/** More events than this are not put in order: it would cost too much each time one is added. */
export const MOST_ORDERED = 100_000;
/** Room for this many events at least, so that the first ones do not fill the whole width. */
const FEWEST_SLOTS = 16;
/** The shortest time axis: 1 ms. */
const SHORTEST = 1e6;
const NICE = [1, 1.5, 2, 3, 4, 5, 6, 8, 10];

/**
 * The next round number. While a run goes on the axis ends at one, so that what was drawn stays
 * where it is and moves only now and then.
 *
 * @param {number} value
 */
export function roundedUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = NICE.find((nice) => nice * power >= value) ?? 10;
  return factor * power;
}

/**
 * The shortest step, 1, 2 or 5 of some unit, that leaves so much room between two ticks.
 *
 * @param {number} room
 */
export function tickStep(room) {
  const power = 10 ** Math.floor(Math.log10(room));
  return power * ([1, 2, 5].find((nice) => nice * power >= room) ?? 10);
}

/** @param {Pick<Store, "facts">} store */
const running = ({ facts }) => facts.state === "running" || facts.state === "waiting";

/**
 * @param {Pick<Store, "facts" | "lanes">} store
 * @returns {Axis}
 */
export function timeAxis(store) {
  const { facts, lanes } = store;
  const last = Math.max(SHORTEST, facts.now, ...lanes.map((lane) => lane.lastTime));
  return {
    kind: "time",
    low: -last / 100,
    high: running(store) ? roundedUp(last * 1.02) : last * 1.02,
    columns: lanes.map((lane) => lane.times),
    of: (time) => time,
  };
}

/** @param {Pick<Store, "facts" | "lanes">} store */
export function canOrder({ lanes }) {
  return lanes.reduce((sum, lane) => sum + lane.length, 0) <= MOST_ORDERED;
}

/**
 * @param {Pick<Store, "facts" | "lanes">} store
 * @returns {Axis}
 */
export function orderAxis(store) {
  const { facts, lanes } = store;
  const moments = marked(facts.events)
    .map(([time]) => time)
    .concat(facts.spans.flatMap(([start, end]) => (end === null ? [start] : [start, end])))
    .sort((a, b) => a - b);
  // What happened besides the chunks comes before a chunk of the same time: it led to it.
  const queues = [Float64Array.from(moments), ...lanes.map((l) => l.times.subarray(0, l.length))];
  const { times, ranks } = merged(queues);
  const slots = Math.max(FEWEST_SLOTS, times.length);
  return {
    kind: "order",
    low: -1,
    high: running(store) ? roundedUp(slots + 1) : slots,
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

/** An axis laid over a width, zoomed by `k` and moved by `x` pixels. */
export class Scale {
  /**
   * @param {Pick<Axis, "low" | "high">} axis
   * @param {number} width
   * @param {{ k: number, x: number }} transform
   */
  constructor({ low, high }, width, { k, x }) {
    this.width = width;
    this.#low = low;
    this.#perPixel = (high - low) / (width * k);
    this.#shift = x;
  }

  #low;
  #perPixel;
  #shift;

  /** @param {number} position */
  toPixel(position) {
    return this.#shift + (position - this.#low) / this.#perPixel;
  }

  /** @param {number} pixel */
  toPosition(pixel) {
    return this.#low + (pixel - this.#shift) * this.#perPixel;
  }

  /** The part of the axis that is in sight. */
  get sight() {
    return { from: this.toPosition(0), to: this.toPosition(this.width) };
  }
}

/**
 * The zoom that shows, on another axis or width, what was in sight before.
 *
 * @param {{ from: number, to: number }} sight
 * @param {Pick<Axis, "low" | "high">} axis
 * @param {number} width
 */
export function transformFor({ from, to }, { low, high }, width) {
  const k = Math.max(1, (high - low) / (to - from));
  const x = -((from - low) / (high - low)) * width * k;
  return { k, x: Math.min(0, Math.max(width * (1 - k), x)) };
}
