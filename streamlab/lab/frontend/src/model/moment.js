/**
 * What is known of a run at a moment of it. All regions of the panel draw a moment: the newest one,
 * or the one that the slider `Replay` shows.
 */
import { bisectRight } from "./bisect.js";

/** @typedef {import("./lane.js").Lane} Lane */
/** @typedef {import("./protocol.js").Location} Location */

const GENERATOR_ENDS = /^(generator (finished|closed)|exception)/;

export class Moment {
  #store;

  /**
   * @param {import("./store.js").Store} store
   * @param {number} time  nanoseconds since the run began; Infinity: the newest moment
   */
  constructor(store, time = Infinity) {
    this.#store = store;
    this.time = time;
  }

  /** Whether this is the newest moment, so that nothing of the run is left out. */
  get newest() {
    return this.time === Infinity;
  }

  /** How many rows of a lane have passed. @param {Lane} lane */
  rows(lane) {
    return this.newest ? lane.length : bisectRight(lane.times, this.time, 0, lane.length);
  }

  /** How many bytes have passed a lane. @param {Lane} lane */
  bytes(lane) {
    const rows = this.rows(lane);
    return rows ? lane.ends[rows - 1] : 0;
  }

  /** How many chunks have passed a lane. @param {Lane} lane */
  chunks(lane) {
    return this.newest ? lane.chunks : Math.min(lane.chunkOf(this.rows(lane)), lane.chunks);
  }

  /** The events up to this moment. */
  get events() {
    const { events } = this.#store.facts;
    return this.newest ? events : events.filter(([time]) => time <= this.time);
  }

  /** What the view has printed up to this moment. */
  get output() {
    const { output } = this.#store.facts;
    return this.newest ? output : output.filter(([time]) => time <= this.time);
  }

  /** Whether a request context is active. */
  get contextActive() {
    return this.#store.facts.spans.some(
      ([start, end]) => start <= this.time && (end === null || (!this.newest && end > this.time)),
    );
  }

  /** The exception, if it has been raised. */
  get error() {
    const { error } = this.#store.facts;
    const raised = this.#store.facts.events.find(([, kind]) => kind === "exception");
    return this.newest || (raised && raised[0] <= this.time) ? error : null;
  }

  /** The line that raised, if it has. */
  get errorLine() {
    return this.error ? this.#store.facts.error_line : null;
  }

  /** Where the generator is suspended; null before its first yield and after its end. */
  get at() {
    if (this.newest) return this.#store.facts.at;
    const lane = this.#store.lanes.find(({ name }) => name === "generator");
    const row = lane ? this.rows(lane) - 1 : -1;
    if (!lane || row < 0 || lane.lines[row] < 0) return null;
    if (this.events.some(([, kind]) => GENERATOR_ENDS.test(kind))) return null;
    return /** @type {Location} */ ({ source: lane.sources[row], line: lane.lines[row] });
  }

  /**
   * The variables of the generator that is suspended, as names and texts; none if it runs, or at an
   * earlier moment, because they are not recorded.
   */
  get locals() {
    return this.newest && this.#store.facts.state === "waiting" ? (this.#store.facts.locals ?? []) : [];
  }

  /** Whether the response is over. */
  get done() {
    return this.#store.facts.state === "done" && (this.newest || this.time >= this.#store.lastTime);
  }
}
