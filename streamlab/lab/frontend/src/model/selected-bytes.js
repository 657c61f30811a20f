/**
 * The bytes that the user points at. All panes of a view share one selection, so what is pointed at
 * in one pane is highlighted in the others.
 */

/** @typedef {{ start: number, end: number, coding: number }} Bytes  coding: see Lane */

/**
 * The bytes of a row.
 *
 * @param {import("./lane.js").Lane} lane
 * @param {number} row
 * @returns {Bytes}
 */
export function bytesOfRow(lane, row) {
  return { start: lane.startOf(row), end: lane.ends[row], coding: lane.coding };
}

/**
 * @param {Bytes} a
 * @param {Bytes | null} b
 */
export function overlap(a, b) {
  return b !== null && a.coding === b.coding && a.start < b.end && a.end > b.start;
}

export class SelectedBytes {
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
