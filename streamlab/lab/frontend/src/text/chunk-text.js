/**
 * The text of a range of the body, as far as it is known: its head and its tail are sent.
 */
const DECODER = new TextDecoder();

/**
 * The text of a row; null also where the lane's bytes are not the body's, but those made of it.
 *
 * @param {import("../model/store.js").Store} store
 * @param {import("../model/lane.js").Lane} lane
 * @param {number} row
 * @param {number} most  bytes
 */
export function rowText({ body, tail, tailStart, lanes }, lane, row, most) {
  const made = lanes.find(({ length }) => length > 0);
  if (made?.coding !== lane.coding) return null;
  const [start, end] = [lane.startOf(row), lane.ends[row]];
  const inTail = start >= tailStart;
  return inTail ? textOf(tail, start - tailStart, end - tailStart, most) : textOf(body, start, end, most);
}

/**
 * @param {Uint8Array} body
 * @param {number} start
 * @param {number} end
 * @param {number} [most]  bytes
 * @returns {string | null} null: these bytes were not sent
 */
export function textOf(body, start, end, most = Infinity) {
  if (end > body.length && start >= body.length) return end === start ? "" : null;
  const until = Math.min(end, start + most, body.length);
  const text = DECODER.decode(body.subarray(start, until));
  return until < end ? `${text}…` : text;
}
