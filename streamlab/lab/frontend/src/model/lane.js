/**
 * The chunks of one lane, as growing columns: a million chunks are four arrays, not a million
 * objects.
 */
import { bisectLeft, bisectRight } from "./bisect.js";

const FIRST_CAPACITY = 64;
/** A location is one number: the index of the source, and in the lowest bits the line. */
const LINE_BITS = 20;

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
  /** The number of rows. */
  length = 0;
  /** The number of chunks that passed; each row has `stride` of them. */
  chunks = 0;
  stride = 1;
  /** Lanes with the same number carry the same bytes. Only between them can offsets be compared. */
  coding = 0;
  /**
   * How many bytes a content coding puts before all content. They do not show that content passed.
   */
  head = 0;
  /** The bytes that passed here could not be observed. */
  unseen = false;
  /** The name of what holds bytes that have passed the lane before but not this one. */
  holder = "";
  /** Bytes that pass late here were not held: the server had sent them. */
  prompt = false;
  /** The chunks are what the view has painted, at times of the browser. */
  browser = false;
  /** When the chunk passed, in ns, in ascending order. */
  times = new Float64Array(FIRST_CAPACITY);
  /** The offset after the chunk's last byte. */
  ends = new Float64Array(FIRST_CAPACITY);
  sources = new Int32Array(FIRST_CAPACITY);
  lines = new Int32Array(FIRST_CAPACITY);

  /** @param {string} name */
  constructor(name) {
    this.name = name;
  }

  /**
   * Write rows from `start` on. Known rows are replaced: if a long stream has merged rows, its last
   * row still grows and is sent again.
   *
   * @param {number} start  at most `length`
   * @param {Float64Array} times
   * @param {Float64Array} ends
   * @param {Int32Array | null} locations
   */
  write(start, times, ends, locations = null) {
    const length = start + times.length;
    this.#reserve(length);
    this.length = length;
    this.times.set(times, start);
    this.ends.set(ends, start);
    for (let row = start; row < length; row++) {
      const location = locations ? locations[row - start] : -1;
      this.sources[row] = location >> LINE_BITS;
      this.lines[row] = location < 0 ? -1 : location & ((1 << LINE_BITS) - 1);
    }
  }

  /**
   * Merge neighbouring rows until each row has `stride` chunks. The time of the first one stays,
   * and the end of the last one.
   *
   * @param {number} stride  a multiple of the lane's stride
   */
  merge(stride) {
    const factor = stride / this.stride;
    const last = this.length - 1;
    this.length = Math.ceil(this.length / factor);
    this.stride = stride;
    if (factor === 1) return;
    for (let row = 0; row < this.length; row++) {
      const first = row * factor;
      this.times[row] = this.times[first];
      this.ends[row] = this.ends[Math.min(first + factor - 1, last)];
      this.sources[row] = this.sources[first];
      this.lines[row] = this.lines[first];
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

  /** Whether offsets on this lane and on `other` mean the same bytes. @param {Lane} other */
  comparable(other) {
    return this.coding === other.coding && !other.unseen;
  }

  /** The number of the first chunk in a row. @param {number} row */
  chunkOf(row) {
    return row * this.stride;
  }

  /**
   * The number of chunks in some rows. The last row of a lane may have fewer than the others.
   *
   * @param {number} from
   * @param {number} to
   */
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
   * The first row with content from a moment on. If the bytes are recoded, this row has what went
   * in at that moment. Otherwise `length`.
   *
   * @param {number} time
   */
  rowFrom(time) {
    const row = bisectLeft(this.times, time, 0, this.length);
    return row < this.length && this.ends[row] <= this.head ? row + 1 : row;
  }

  /**
   * The row whose chunk contains the byte at `offset`; `length` if it has not passed.
   *
   * @param {number} offset
   */
  rowContaining(offset) {
    return bisectRight(this.ends, offset, 0, this.length);
  }
}

/**
 * The lane on which the chunks are made: the first one that has any. It is the generator's, or the
 * app's if no generator was observed.
 *
 * @param {Lane[]} lanes
 * @returns {number} its index; -1 before the first chunk
 */
export function sourceIndex(lanes) {
  return lanes.findIndex((lane) => lane.length > 0);
}

/** @param {Lane[]} lanes @returns {Lane | undefined} */
export function sourceLane(lanes) {
  return lanes[sourceIndex(lanes)];
}
