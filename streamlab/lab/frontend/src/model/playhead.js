/**
 * The moment of the run that all regions show. It is the newest one, until the user moves the
 * slider `Replay` or plays the run again.
 */
import { Moment } from "./moment.js";

export class Playhead {
  #store;
  #moment;
  #version = -1;
  /** @type {Set<() => void>} */
  #listeners = new Set();

  /** @param {import("./store.js").Store} store */
  constructor(store) {
    this.#store = store;
    this.#moment = new Moment(store);
  }

  /** The moment to draw. A new run begins at its newest moment. */
  get moment() {
    if (this.#version !== this.#store.epoch) {
      this.#version = this.#store.epoch;
      this.#moment = new Moment(this.#store);
    }
    return this.#moment;
  }

  /** @param {number} time  nanoseconds since the run began; Infinity: the newest moment */
  set(time) {
    if (time === this.moment.time) return;
    this.#moment = new Moment(this.#store, time);
    for (const listener of this.#listeners) listener();
  }

  /**
   * @param {() => void} listener  called after each change
   * @param {AbortSignal} signal
   */
  subscribe(listener, signal) {
    this.#listeners.add(listener);
    signal.addEventListener("abort", () => this.#listeners.delete(listener));
  }
}
