/**
 * Shows the steps of a run one after the other, slower than they happened. A chunk passes all lanes
 * in less than a millisecond, too fast to see.
 */
import { Moment } from "../model/moment.js";
import { bisectRight } from "../model/bisect.js";
import { stepTimes } from "../model/steps.js";

/** The time of one step, in ms, while there are few. */
const STEP = 240;
/** All steps that are waiting are shown in about this time, in ms. */
const CATCH_UP = 2500;
/** With more steps than this waiting, the oldest are left out. */
export const MAX_WAITING = 60;

export class SlowMotion {
  /** The moment that is shown, in ns; -1: nothing yet. */
  #time = -1;
  /** The number of the run that is shown. @type {number | undefined} */
  #run;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** The steps of the run, as the batch with this number told them. */
  #times = /** @type {Float64Array} */ (new Float64Array(0));
  #version = -1;
  /** How many steps of how many are shown. */
  progress = { shown: 0, all: 0 };
  #store;
  #changed;

  /**
   * @param {import("../model/store.js").Store} store
   * @param {() => void} changed  called when the next step is due
   * @param {AbortSignal} signal
   */
  constructor(store, changed, signal) {
    this.#store = store;
    this.#changed = changed;
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  /** Whether steps are waiting. */
  get behind() {
    return this.#timer !== undefined;
  }

  /**
   * The moment to draw: the next step after the one that was drawn, if its time has come.
   *
   * @param {boolean} visible  whether the motion can be seen; if not, the newest moment is drawn
   */
  next(visible) {
    const store = this.#store;
    const run = store.facts.run?.id;
    if (run !== this.#run) {
      // A run that was over before the view was shown is not played.
      const over = this.#run === undefined && store.facts.state === "done";
      this.#run = run;
      this.#time = over ? Infinity : -1;
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    if (!visible) return this.#show(Infinity);
    if (this.#timer !== undefined) return new Moment(store, this.#time);
    if (store.version !== this.#version) {
      this.#version = store.version;
      this.#times = stepTimes(store);
    }
    const times = this.#times;
    const row = bisectRight(times, this.#time);
    const waiting = times.length - row;
    if (!waiting) return new Moment(store);
    const skipped = Math.max(0, waiting - MAX_WAITING);
    const pause = Math.min(STEP, CATCH_UP / waiting);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#changed();
    }, pause);
    this.progress = { shown: row + skipped + 1, all: times.length };
    return this.#show(times[row + skipped]);
  }

  /** @param {number} time */
  #show(time) {
    this.#time = time;
    return new Moment(this.#store, time);
  }
}
