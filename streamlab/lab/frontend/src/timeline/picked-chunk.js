/**
 * The chunk that the user has picked on the timeline, with the keyboard or the pointer.
 */
import { sourceIndex } from "../model/lane.js";
import { bytesOfRow } from "../model/selected-bytes.js";

export class PickedChunk {
  /** @type {{ lane: number, row: number } | null} */
  chunk = null;
  #store;
  #selected;

  /**
   * @param {Pick<import("../model/store.js").Store, "lanes">} store
   * @param {import("../model/selected-bytes.js").SelectedBytes} selected
   */
  constructor(store, selected) {
    this.#store = store;
    this.#selected = selected;
  }

  /**
   * @param {number} lane
   * @param {number} row
   */
  pick(lane, row) {
    this.chunk = { lane, row };
    this.#selected.set(bytesOfRow(this.#store.lanes[lane], row));
  }

  clear() {
    this.chunk = null;
    this.#selected.set(null);
  }

  /**
   * The next or previous chunk on the same lane; null if there is no chunk.
   *
   * @param {number} step  1 or -1
   */
  neighbour(step) {
    const { lanes } = this.#store;
    const lane = this.chunk?.lane ?? sourceIndex(lanes);
    if (lane < 0) return null;
    const last = lanes[lane].length - 1;
    const start = step > 0 ? -1 : last + 1;
    return { lane, row: Math.max(0, Math.min(last, (this.chunk?.row ?? start) + step)) };
  }
}
