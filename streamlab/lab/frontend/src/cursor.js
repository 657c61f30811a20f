/**
 * The bytes that are pointed at. One cursor runs through all panes of a view: what is pointed at
 * in one is lit in the others.
 */

/** @typedef {{ start: number, end: number }} Bytes */

export class Cursor {
  /** @type {Bytes | null} */
  bytes = null;
  /** @type {Set<() => void>} */
  #listeners = new Set();

  /** @param {Bytes | null} bytes */
  set(bytes) {
    if (bytes?.start === this.bytes?.start && bytes?.end === this.bytes?.end) return;
    this.bytes = bytes;
    for (const listener of this.#listeners) listener();
  }

  /** @param {() => void} listener */
  subscribe(listener) {
    this.#listeners.add(listener);
  }
}
