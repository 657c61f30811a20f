/**
 * The end of the page: still open, or torn where the response was cut, with what a browser says.
 */

/** @typedef {{ kind: "none" | "open" | "torn", text: string }} Edge */

const RESET = "Cut here. Chrome reports net::ERR_CONNECTION_RESET.";

/**
 * @param {Pick<import("../model/store.js").Store, "facts">} store
 * @param {Pick<import("../model/moment.js").Moment, "done">} moment
 * @returns {Edge}
 */
export function pageEdge({ facts }, moment) {
  if (!facts.http || facts.run?.external) return { kind: "none", text: "" };
  if (!moment.done) return { kind: "open", text: "The response is still open." };
  if (facts.verdict?.outcome !== "truncated") return { kind: "none", text: "" };
  const reset = facts.wire?.end === "RST";
  return { kind: "torn", text: reset ? RESET : cutWords(facts.http.headers) };
}

/**
 * What Chromium reports depends on how the end of the body is marked (RFC 9112, section 6.3).
 *
 * @param {[name: string, value: string][]} headers
 */
function cutWords(headers) {
  const value = (/** @type {string} */ wanted) =>
    headers.filter(([name]) => name.toLowerCase() === wanted).map(([, text]) => text).join(", ");
  if (/\bchunked\s*$/i.test(value("transfer-encoding"))) {
    return "Cut here. Chrome reports net::ERR_INCOMPLETE_CHUNKED_ENCODING.";
  }
  if (value("content-length")) return "Cut here. Chrome reports net::ERR_CONTENT_LENGTH_MISMATCH.";
  return "Cut here. A browser reports nothing: without chunks or a length, a closed connection is the end.";
}
