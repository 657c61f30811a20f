/**
 * The steps of a run: the moments at which something moves. The pipe plays them slowly, and the
 * slider `Replay` goes from one to the next.
 */
import { bisectLeft } from "./bisect.js";
import { formatTime } from "../text/format.js";

/** @typedef {Pick<import("./store.js").Store, "lanes" | "facts">} Known */

/**
 * The times of the steps: chunks on their lanes, contexts, the exception.
 *
 * @param {Known} store
 * @returns {Float64Array} in ascending order, each time once
 */
export function stepTimes({ lanes, facts }) {
  const spans = facts.spans.flatMap(([start, end]) => (end === null ? [start] : [start, end]));
  const raised = facts.events.filter(([, kind]) => kind === "exception").map(([time]) => time);
  const size = lanes.reduce((sum, lane) => sum + lane.length, 0);
  const times = new Float64Array(size + spans.length + raised.length);
  times.set([...spans, ...raised]);
  let start = spans.length + raised.length;
  for (const lane of lanes) {
    times.set(lane.times.subarray(0, lane.length), start);
    start += lane.length;
  }
  return times.sort().filter((time, index) => time !== times[index - 1]);
}

/**
 * What happens at a step, in words.
 *
 * @param {Known} store
 * @param {number} time
 */
export function stepWords({ lanes, facts }, time) {
  const at = formatTime(time);
  const raised = facts.events.find((event) => event[0] === time && event[1] === "exception");
  if (raised) return `exception, ${at}`;
  for (const lane of lanes) {
    const row = bisectLeft(lane.times, time, 0, lane.length);
    if (row < lane.length && lane.times[row] === time) return `chunk ${lane.chunkOf(row)} passes ${lane.name}, ${at}`;
  }
  const begins = facts.spans.some(([start]) => start === time);
  return `request context ${begins ? "begins" : "ends"}, ${at}`;
}
