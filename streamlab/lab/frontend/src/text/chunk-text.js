/**
 * The text of a chunk. Of a long body only the start and the end are known.
 */
import { sourceLane } from "../model/lane.js";

/** With ignoreBOM, a byte order mark is kept, and then shown as an escape. */
const decoder = () => new TextDecoder("utf-8", { ignoreBOM: true });
const DECODER = decoder();

/**
 * The text of a row; null if it is not known, or if the lane's bytes are the body in another
 * coding.
 *
 * @param {import("../model/store.js").Store} store
 * @param {import("../model/lane.js").Lane} lane
 * @param {number} row
 * @param {number} most  bytes
 */
export function rowText({ body, tail, tailStart, lanes }, lane, row, most) {
  const made = sourceLane(lanes);
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
 * @returns {string | null} null: these bytes are not known
 */
export function textOf(body, start, end, most = Infinity) {
  if (end > body.length && start >= body.length) return end === start ? "" : null;
  const until = Math.min(end, start + most, body.length);
  const bytes = body.subarray(start, until);
  // A text that is cut within a character ends before this character.
  const text = until < end ? decoder().decode(bytes, { stream: true }) : DECODER.decode(bytes);
  return until < end ? `${text}…` : text;
}
