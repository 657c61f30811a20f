/**
 * The binary half of a batch: rows of chunks and bytes of the body, made into typed arrays.
 */

/** Numbers in a row: time, end offset, index of the source, line. */
export const FIELDS = 4;
const ROW_BYTES = FIELDS * Float64Array.BYTES_PER_ELEMENT;

/**
 * @typedef Rows
 * @property {number} lane
 * @property {number} start  the row at which these begin
 * @property {Float64Array} values  FIELDS numbers a row
 */

/**
 * Jupyter hands a buffer over as a view into the whole websocket message, so it may start at any
 * byte. Float64Array wants a multiple of eight, hence the copy.
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
 */
export function decodeRows({ counts }, buffers) {
  const bytes = bytesOf(buffers[0]);
  const promised = counts.reduce((sum, [, , n]) => sum + n, 0);
  if (bytes.byteLength !== promised * ROW_BYTES) {
    throw new RangeError(
      `The batch counts ${promised} rows of ${ROW_BYTES} bytes, and holds ${bytes.byteLength} bytes.`,
    );
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
 * The bytes known so far with those that came.
 *
 * @param {Uint8Array<ArrayBuffer>} known
 * @param {[start: number] | null | undefined} place
 * @param {DataView} buffer
 */
export function extended(known, place, buffer) {
  if (!place) return known;
  const [start] = place;
  if (start > known.length) throw new RangeError(`bytes from ${start}, known to ${known.length}`);
  const bytes = bytesOf(buffer);
  const longer = new Uint8Array(start + bytes.length);
  longer.set(known.subarray(0, start));
  longer.set(bytes, start);
  return longer;
}
