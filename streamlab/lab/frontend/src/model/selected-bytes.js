/**
 * The bytes that are pointed at. One cursor runs through all panes of a view: what is pointed at
 * in one is lit in the others.
 */

/** @typedef {{ start: number, end: number, coding: number }} Bytes  coding: see Lane */

/**
 * The bytes of a row.
 *
 * @param {import("./lane.js").Lane} lane
 * @param {number} row
 * @returns {Bytes}
 */
export function bytesOf(lane, row) {
  return { start: lane.startOf(row), end: lane.ends[row], coding: lane.coding };
}

/**
 * @param {Bytes} a
 * @param {Bytes | null} b
 */
export function overlap(a, b) {
  return b !== null && a.coding === b.coding && a.start < b.end && a.end > b.start;
}

export class Cursor {
  /** @type {Bytes | null} */
  bytes = null;
  /** @type {Set<() => void>} */
  #listeners = new Set();

  /** @param {Bytes | null} bytes */
  set(bytes) {
    if (JSON.stringify(bytes) === JSON.stringify(this.bytes)) return;
    this.bytes = bytes;
    for (const listener of this.#listeners) listener();
  }

  /** @param {() => void} listener */
  subscribe(listener) {
    this.#listeners.add(listener);
  }
}
