/**
 * The binary half of a batch, decoded: rows of chunks, and bytes of the body.
 */

const COLUMN_BYTES = 4;

/**
 * Rows of one lane.
 *
 * @typedef Rows
 * @property {number} lane
 * @property {number} start  the number of the first row
 * @property {Float64Array} times
 * @property {Float64Array} ends
 * @property {Int32Array | null} locations  see Lane.locate
 */

/**
 * Jupyter passes a buffer as a view into the whole websocket message, so it can start at any byte.
 * A typed array must start at a multiple of its item's size, so the bytes are copied.
 *
 * @param {DataView | undefined} view
 */
export function bytesOf(view) {
  if (!view) return new Uint8Array(0);
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
}

/**
 * The buffer has, for each part, a column with the differences of the times and one with those of
 * the ends, 32 bits each. The first difference is 0, because the part has the first time and end.
 * Then come the locations, if the part is located.
 *
 * @param {Pick<import("./protocol.js").Batch, "parts">} batch
 * @param {DataView[]} buffers
 * @returns {Rows[]}
 * @throws {RangeError} if the buffer does not have the length that `parts` says
 */
export function decodeRows({ parts }, buffers) {
  const bytes = bytesOf(buffers[0]);
  const numbers = parts.reduce((sum, [, , n, , , located]) => sum + n * (located ? 3 : 2), 0);
  if (bytes.byteLength !== numbers * COLUMN_BYTES) {
    throw new RangeError(`${numbers} numbers in ${bytes.byteLength} bytes`);
  }
  let offset = 0;
  /**
   * @template {Uint32Array | Int32Array} A
   * @param {new (buffer: ArrayBuffer, offset: number, n: number) => A} Column
   * @param {number} n
   */
  const next = (Column, n) => {
    const column = new Column(bytes.buffer, offset, n);
    offset += n * COLUMN_BYTES;
    return column;
  };
  return parts.map(([lane, start, n, time, end, located]) => ({
    lane,
    start,
    times: summed(next(Uint32Array, n), time),
    ends: summed(next(Uint32Array, n), end),
    locations: located ? next(Int32Array, n) : null,
  }));
}

/**
 * @param {Uint32Array} differences
 * @param {number} sum  the first value
 */
function summed(differences, sum) {
  return Float64Array.from(differences, (difference) => (sum += difference));
}

/**
 * The known bytes with new ones written from `start` on.
 *
 * @param {Uint8Array<ArrayBuffer>} known
 * @param {[start: number] | null} offset  null: nothing new
 * @param {DataView} buffer
 * @throws {RangeError} if bytes between the known and the new ones are missing
 */
export function extended(known, offset, buffer) {
  if (!offset) return known;
  const [start] = offset;
  if (start > known.length) throw new RangeError(`byte ${start} after ${known.length}`);
  const bytes = bytesOf(buffer);
  const longer = new Uint8Array(start + bytes.length);
  longer.set(known.subarray(0, start));
  longer.set(bytes, start);
  return longer;
}
