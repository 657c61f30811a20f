/**
 * The parts of a response as it was received: heads, frames of the chunked transfer coding
 * (RFC 9112 section 7.1), and the end chunk.
 */

/**
 * @typedef {object} Frame
 * @property {number} at  offset of the line with the size
 * @property {number} data  offset of the data, which follows that line
 * @property {number} size  bytes of data, as that line says; 0 is the end chunk
 */

/**
 * @typedef {object} WireParts
 * @property {[start: number, end: number][]} heads  the last one is the response's; those before it
 *   are interim responses (1xx). The end is behind the empty line. None before it has arrived.
 * @property {Frame[]} frames  with the end chunk, if it has arrived
 */

const LF = 10;
const CR = 13;
/** A longer line has no size, or the client would have refused it. */
const MAX_LINE = 4096;

/**
 * @param {Uint8Array} bytes  the start of a response
 * @param {string} framing  as in `Wire`
 * @returns {WireParts}
 */
export function wireParts(bytes, framing) {
  const heads = /** @type {[number, number][]} */ ([]);
  let body = 0;
  do {
    const start = body;
    body = headEnd(bytes, start);
    if (body < 0) return { heads, frames: [] };
    heads.push([start, body]);
  } while (isInterim(bytes, heads[heads.length - 1][0]));
  return { heads, frames: framing === "chunked" ? framesOf(bytes, body) : [] };
}

/**
 * @param {Uint8Array} bytes
 * @param {number} start
 */
function headEnd(bytes, start) {
  for (let i = bytes.indexOf(LF, start); i >= 0; i = bytes.indexOf(LF, i + 1)) {
    const next = bytes[i + 1] === CR ? i + 2 : i + 1;
    if (bytes[next] === LF) return next + 1;
  }
  return -1;
}

/**
 * Whether a status line such as "HTTP/1.1 103 Early Hints" says that another head follows.
 *
 * @param {Uint8Array} bytes
 * @param {number} start
 */
function isInterim(bytes, start) {
  const code = String.fromCharCode(...bytes.subarray(start + 9, start + 12));
  return code.startsWith("1") && code !== "101";
}

/**
 * @param {Uint8Array} bytes
 * @param {number} start
 */
function framesOf(bytes, start) {
  const frames = /** @type {Frame[]} */ ([]);
  for (let at = start; ; ) {
    const end = bytes.indexOf(LF, at);
    if (end < 0 || end - at > MAX_LINE) return frames;
    const size = parseInt(String.fromCharCode(...bytes.subarray(at, end)), 16);
    if (!(size >= 0)) return frames;
    frames.push({ at, data: end + 1, size });
    if (size === 0) return frames;
    at = end + 1 + size + 2;
    if (at >= bytes.length) return frames;
  }
}
