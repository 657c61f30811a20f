/**
 * Which step a replay has come to: in order of events all steps take equally long, in time each
 * comes when the clock of the run says so.
 */
import { bisectRight } from "./bisect.js";

/** In order of events, a step takes this time, in ms. */
export const STEP = 250;

/**
 * @typedef Start
 * @property {number} step  how many steps were shown when it began
 * @property {number} at  when it began, in ms
 * @property {"order" | "time"} kind
 * @property {number} speed  1: as fast as it happened, or one step in 250 ms
 */

/**
 * How many steps are shown at a time.
 *
 * @param {Float64Array} times  of the steps, in ns of the run
 * @param {Start} start
 * @param {number} now  in ms
 */
export function stepAt(times, { step, at, kind, speed }, now) {
  const elapsed = (now - at) * speed;
  if (kind === "order") return Math.min(times.length, step + Math.floor(elapsed / STEP));
  const origin = step ? times[step - 1] : Math.min(0, times[0] ?? 0);
  return Math.max(step, bisectRight(times, origin + elapsed * 1e6));
}
