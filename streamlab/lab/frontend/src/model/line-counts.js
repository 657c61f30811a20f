/**
 * How many chunks each line has yielded. New rows are added to the counts, so the cost of an update
 * does not depend on the length of the stream.
 */
export class LineCounts {
  /** @type {Map<string, number>} by source and line */
  #counts = new Map();
  #rows = 0;
  #key = "";

  /**
   * Count the first rows of a lane.
   *
   * @param {import("./lane.js").Lane | undefined} lane  the generator's
   * @param {number} rows
   * @param {number} epoch  of the store
   * @returns {Map<string, number>} by `source:line`; empty if rows have been merged, because then
   *   the lines of most chunks are not known
   */
  update(lane, rows, epoch) {
    const key = `${epoch}:${lane?.stride}`;
    if (key !== this.#key || rows < this.#rows) {
      this.#key = key;
      this.#counts = new Map();
      this.#rows = 0;
    }
    if (!lane || lane.stride > 1) return this.#counts;
    for (; this.#rows < rows; this.#rows++) {
      if (lane.lines[this.#rows] < 0) continue;
      const line = `${lane.sources[this.#rows]}:${lane.lines[this.#rows]}`;
      this.#counts.set(line, (this.#counts.get(line) ?? 0) + 1);
    }
    return this.#counts;
  }
}
