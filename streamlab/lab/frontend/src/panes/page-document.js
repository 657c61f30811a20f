/**
 * What the page pane shows of the decoded bytes that the client has received.
 */

import { parseMessages } from "../text/messages.js";

/** The kernel sends at most this many bytes. */
const MAX_BYTES = 65_536;

/**
 * @typedef Content
 * @property {"nothing" | "html" | "messages" | "text"} kind
 * @property {string} text
 * @property {import("../text/messages.js").Parsed | null} parsed  messages or rows, if it has some
 * @property {boolean} whole  whether the view has all that the client received
 */

/**
 * @param {Pick<import("../model/store.js").Store, "facts" | "page" | "lanes">} store
 * @param {import("../model/moment.js").Moment} moment
 * @returns {Content}
 */
export function pageContent({ facts, page, lanes }, moment) {
  const bytes = page.subarray(0, receivedAt(facts.page_size, page, lanes, moment));
  if (!facts.http || !bytes.length) return { kind: "nothing", text: "", parsed: null, whole: true };
  const text = new TextDecoder().decode(bytes);
  const type = facts.http.headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "";
  const parsed = parseMessages(type, bytes);
  const html = /^\s*(text\/html|application\/xhtml\+xml)/i.test(type);
  const kind = html ? "html" : parsed ? "messages" : "text";
  return { kind, text, parsed, whole: page.length < MAX_BYTES || facts.page_size <= page.length };
}

/**
 * How many decoded bytes a browser has at a moment. If the body has a content coding, this is known
 * for the newest moment only.
 *
 * @param {number} size  how many bytes the client has received
 * @param {Uint8Array} page
 * @param {import("../model/lane.js").Lane[]} lanes
 * @param {import("../model/moment.js").Moment} moment
 */
function receivedAt(size, page, lanes, moment) {
  const client = lanes.find(({ name }) => name === "client");
  const coded = size < page.length || (size > page.length && page.length < MAX_BYTES);
  return moment.newest || coded || !client ? page.length : Math.min(page.length, moment.bytes(client));
}
