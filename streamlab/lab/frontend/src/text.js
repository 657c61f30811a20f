/**
 * The text of a range of the body, as far as it is known: only the body's head is sent.
 */
const DECODER = new TextDecoder();

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
