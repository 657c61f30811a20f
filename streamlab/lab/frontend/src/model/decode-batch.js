/**
 * The binary half of a batch, decoded: rows of chunks, and bytes of the body.
 */

/** Numbers in a row: time, end offset, index of the source, line. */
export const FIELDS = 4;
const ROW_BYTES = FIELDS * Float64Array.BYTES_PER_ELEMENT;

/**
 * @typedef Rows
 * @property {number} lane
 * @property {number} start  the number of the first row
 * @property {Float64Array} values  FIELDS numbers for each row
 */

/**
 * Jupyter passes a buffer as a view into the whole websocket message, so it can start at any byte.
 * A Float64Array must start at a multiple of eight, so the bytes are copied.
 *
 * @param {DataView | undefined} view
 */
export function bytesOf(view) {
  if (!view) return new Uint8Array(0);
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
}

/**
 * @param {Pick<import("./protocol.js").Batch, "counts">} batch
 * @param {DataView[]} buffers
 * @returns {Rows[]}
 * @throws {RangeError} if the buffer does not have the length that `counts` says
 */
export function decodeRows({ counts }, buffers) {
  const bytes = bytesOf(buffers[0]);
  const rows = counts.reduce((sum, [, , n]) => sum + n, 0);
  if (bytes.byteLength !== rows * ROW_BYTES) {
    throw new RangeError(`${rows} rows in ${bytes.byteLength} bytes`);
  }
  const values = new Float64Array(bytes.buffer);
  let row = 0;
  return counts.map(([lane, start, n]) => {
    const part = values.subarray(row * FIELDS, (row + n) * FIELDS);
    row += n;
    return { lane, start, values: part };
  });
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
