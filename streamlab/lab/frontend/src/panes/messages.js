/**
 * The messages of a body, each with the chunks that it came in.
 */
import { escaped } from "../text/format.js";
import { h, region, setText } from "./dom.js";

/** The latest messages. */
const MAX_MESSAGES = 100;
/** Characters of a message. */
const MAX_TEXT = 300;

/** @param {import("../model/store.js").Store} store */
export function createMessages(store) {
  const list = h("ol", { class: "messages" });
  const rest = h("p", { class: "rest" });
  const root = h("div", { class: "message-list", ...region("messages"), hidden: "" }, list, rest);
  let shown = "";

  /** @param {import("../text/messages.js").Parsed | null} parsed */
  function show(parsed) {
    root.hidden = !parsed;
    if (!parsed) return;
    const { messages } = parsed;
    const key = `${store.epoch}:${messages.length}:${parsed.rest}`;
    if (key === shown) return;
    shown = key;
    const first = Math.max(0, messages.length - MAX_MESSAGES);
    list.replaceChildren(...messages.slice(first).map((message, index) => item(message, first + index)));
    setText(rest, parsed.rest ? `not complete yet: ${cut(parsed.rest)}` : "");
    root.scrollTop = root.scrollHeight;
  }

  /**
   * @param {import("../text/messages.js").Message} message
   * @param {number} number
   */
  function item({ start, end, name, text }, number) {
    return h(
      "li",
      {},
      h("b", {}, `${number} ${name}`),
      h("code", {}, cut(text)),
      h("span", { class: "muted" }, chunksOf(start, end)),
    );
  }

  /**
   * The chunks in which some bytes came; "" if offsets mean something else there, as with gzip.
   *
   * @param {number} start
   * @param {number} end
   */
  function chunksOf(start, end) {
    const client = store.lanes.find(({ name }) => name === "client");
    if (!client || client.stride > 1 || client.coding !== store.lanes[0].coding) return "";
    const [from, to] = [client.rowContaining(start), client.rowCompleting(end)];
    if (to >= client.length) return "";
    return from === to ? `chunk ${to}` : `chunks ${from}–${to}`;
  }

  return { root, show };
}

/** @param {string} text */
function cut(text) {
  return escaped(text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text);
}
