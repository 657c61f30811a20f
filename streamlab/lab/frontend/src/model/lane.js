/**
 * One lane's chunks as growing columns. A million chunks are four arrays, not a million objects.
 */
import { bisectLeft, bisectRight } from "./bisect.js";
import { FIELDS } from "./decode-batch.js";

const FIRST_CAPACITY = 64;

/**
 * @template {Float64Array | Int32Array} A
 * @param {A} column
 * @param {number} capacity
 * @returns {A}
 */
function grown(column, capacity) {
  const Column = /** @type {new (n: number) => A} */ (column.constructor);
  const bigger = new Column(capacity);
  bigger.set(column);
  return bigger;
}

export class Lane {
  /** Rows; `chunks` passed, `stride` of them to a row. */
  length = 0;
  chunks = 0;
  stride = 1;
  /** Lanes of one coding carry the same bytes: only among them do offsets tell what is what. */
  coding = 0;
  /** What a coding puts ahead of all content, in bytes: it is no sign of what went in. */
  head = 0;
  /** Nobody could look at what passed here. */
  unseen = false;
  /** Who has what has passed the lane before and not yet this one. */
  holder = "";
  /** However late it passes here, nobody has held it back. */
  prompt = false;
  /** When the chunk passed, in ns; it never falls from one row to the next. */
  times = new Float64Array(FIRST_CAPACITY);
  /** Offset of the byte after the chunk's last. */
  ends = new Float64Array(FIRST_CAPACITY);
  sources = new Int32Array(FIRST_CAPACITY);
  lines = new Int32Array(FIRST_CAPACITY);

  /** @param {string} name */
  constructor(name) {
    this.name = name;
  }

  /**
   * Add rows from `start` on. Those that are there already give way: in a stream so long that
   * neighbours were merged, the last row still grows and is sent again.
   *
   * @param {number} start  at most `length`
   * @param {Float64Array} values  FIELDS numbers a row, as they came
   */
  write(start, values) {
    this.length = start;
    const rows = values.length / FIELDS;
    this.#reserve(this.length + rows);
    for (let from = 0; from < values.length; from += FIELDS) {
      const row = this.length++;
      this.times[row] = values[from];
      this.ends[row] = values[from + 1];
      this.sources[row] = values[from + 2];
      this.lines[row] = values[from + 3];
    }
  }

  /** @param {number} rows */
  #reserve(rows) {
    if (rows <= this.times.length) return;
    const capacity = Math.max(rows, 2 * this.times.length);
    this.times = grown(this.times, capacity);
    this.ends = grown(this.ends, capacity);
    this.sources = grown(this.sources, capacity);
    this.lines = grown(this.lines, capacity);
  }

  /** Whether offsets of this lane's mean the same on `other`. @param {Lane} other */
  comparable(other) {
    return this.coding === other.coding && !other.unseen;
  }

  /** The number of the first chunk in a row. @param {number} row */
  chunkOf(row) {
    return row * this.stride;
  }

  /** Chunks in some rows; the last row of a lane may stand for fewer. @param {number} from @param {number} to */
  chunksIn(from, to) {
    return Math.min(this.chunkOf(to), this.chunks) - this.chunkOf(from);
  }

  /** How many bytes have passed this lane. */
  get bytes() {
    return this.length ? this.ends[this.length - 1] : 0;
  }

  /** The time of the last chunk, or 0. */
  get lastTime() {
    return this.length ? this.times[this.length - 1] : 0;
  }

  /** @param {number} row */
  startOf(row) {
    return row > 0 ? this.ends[row - 1] : 0;
  }

  /**
   * The row whose chunk completes the bytes up to `offset`; `length` if they have not passed.
   *
   * @param {number} offset
   */
  rowCompleting(offset) {
    return bisectLeft(this.ends, offset, 0, this.length);
  }

  /**
   * The first row from a moment on that has content: where bytes are recoded, the one that has in it
   * what went in at that moment. `length` if nothing has come.
   *
   * @param {number} time
   */
  rowFrom(time) {
    const row = bisectLeft(this.times, time, 0, this.length);
    return row < this.length && this.ends[row] <= this.head ? row + 1 : row;
  }

  /**
   * The row whose chunk holds the byte at `offset`; `length` if it has not passed.
   *
   * @param {number} offset
   */
  rowHolding(offset) {
    return bisectRight(this.ends, offset, 0, this.length);
  }
}
