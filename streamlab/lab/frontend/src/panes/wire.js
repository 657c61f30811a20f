/**
 * What came on the wire: the head, the frames of the chunked transfer coding, and how the
 * connection ended. As text, with line ends made visible, or as hexadecimal numbers.
 */
import { overlap } from "../model/selected-bytes.js";
import { wireParts } from "../model/wire-parts.js";
import { count } from "../text/format.js";
import { dump, withLineEnds } from "../text/wire-text.js";
import { h, listen, setText } from "./dom.js";

/** The latest frames that are shown. */
const MAX_FRAMES = 200;
/** Bytes of a frame, or of a body without frames. */
const MAX_BYTES = 2048;
const NOT_YET = "Nothing has been received yet.";
const NOT_KNOWN = "Another client received this response, so its bytes on the wire are not known.";

/**
 * @param {import("../model/store.js").Store} store
 * @param {import("../model/playhead.js").Playhead} playhead
 * @param {import("../model/selected-bytes.js").SelectedBytes} selected
 * @param {AbortSignal} signal
 */
export function createWire(store, playhead, selected, signal) {
  const hex = h("button", { class: "hex", "aria-pressed": "false" }, "Hex");
  const summary = h("p", { class: "wire-summary" });
  const parts = h("div", { class: "wire-parts" });
  const end = h("p", { class: "wire-end" });
  const root = h("div", { class: "wire" }, h("div", { class: "wire-bar" }, summary, hex), parts, end);
  /** The bytes of the body in each part that is a frame. @type {Map<HTMLElement, import("../model/selected-bytes.js").Bytes>} */
  const bodies = new Map();
  let shown = "";

  function update() {
    const { wire, run } = store.facts;
    const { moment } = playhead;
    const key = [store.epoch, moment.time, store.raw.length, store.rawTail.length, wire?.how, hex.ariaPressed].join();
    if (key === shown) return;
    shown = key;
    bodies.clear();
    parts.replaceChildren(...(wire ? build(wire) : []));
    setText(summary, wire?.size ? sizeWords(wire) : run?.external ? NOT_KNOWN : NOT_YET);
    hex.hidden = !wire?.size;
    setText(end, wire && moment.done ? wire.how : "");
    end.dataset.end = wire?.end ?? "";
    markSelected();
  }

  /** @param {import("../model/protocol.js").Wire} wire */
  function sizeWords({ size, framing }) {
    const marks = {
      chunked: "chunked transfer coding",
      length: "Content-Length marks the end",
      close: "the end of the connection marks the end",
      none: "no body",
    };
    return [count(size, "byte"), marks[/** @type {keyof typeof marks} */ (framing)]].filter(Boolean).join(", ");
  }

  /** @param {import("../model/protocol.js").Wire} wire */
  function build({ framing, size }) {
    const { heads, frames } = wireParts(store.raw, framing);
    const last = heads.at(-1)?.[1] ?? store.raw.length;
    const nodes = heads.map(([from, to]) => part("head", from, to));
    if (framing === "chunked") nodes.push(...frameParts(frames));
    else if (store.raw.length > last) nodes.push(part("body", last, bodyEnd(last)));
    const missing = Math.max(0, Math.min(store.rawTailStart, size) - store.raw.length);
    if (missing) nodes.push(h("p", { class: "muted" }, `${count(missing, "byte")} not kept`));
    if (store.rawTail.length) nodes.push(h("div", { class: "part" }, shownBytes(store.rawTail, store.rawTailStart)));
    return nodes;
  }

  /** The offset up to which a body without frames had arrived. @param {number} start */
  function bodyEnd(start) {
    const client = store.lanes.find(({ name }) => name === "client");
    const { moment } = playhead;
    return moment.newest || !client ? store.raw.length : start + moment.bytes(client);
  }

  /** @param {import("../model/wire-parts.js").Frame[]} frames */
  function frameParts(frames) {
    const client = store.lanes.find(({ name }) => name === "client");
    const { moment } = playhead;
    const known = moment.newest || !client ? Infinity : moment.bytes(client);
    const nodes = [];
    let offset = 0;
    for (const { at, data, size } of frames) {
      const start = offset;
      offset += size;
      if (offset > known || (!size && !moment.done)) break;
      const to = Math.min(store.raw.length, size ? data + size + 2 : store.raw.length);
      const node = part(size ? "frame" : "end chunk", at, to, size ? count(size, "byte") : "");
      bodies.set(node, { start, end: offset, coding: client?.coding ?? 0 });
      nodes.push(node);
    }
    const left = Math.max(0, nodes.length - MAX_FRAMES);
    return left ? [h("p", { class: "muted" }, `${count(left, "earlier frame")} not shown`), ...nodes.slice(left)] : nodes;
  }

  /**
   * @param {string} name
   * @param {number} from
   * @param {number} to
   * @param {string} [note]
   */
  function part(name, from, to, note = "") {
    const title = h("div", { class: "part-name" }, h("b", {}, name), h("div", {}, note));
    return h("div", { class: "part" }, title, shownBytes(store.raw.subarray(from, to), from));
  }

  /**
   * @param {Uint8Array} bytes
   * @param {number} offset
   */
  function shownBytes(bytes, offset) {
    const some = bytes.subarray(0, MAX_BYTES);
    const text = hex.ariaPressed === "true" ? [dump(some, offset)] : marked(withLineEnds(some));
    const left = bytes.length - some.length;
    return h("pre", {}, ...text, left ? h("span", { class: "muted" }, ` … ${count(left, "byte")} more`) : "");
  }

  function markSelected() {
    for (const [node, body] of bodies) {
      node.classList.toggle("streamlab-selected", overlap(body, selected.bytes));
    }
  }

  /** @param {Event} event */
  function point(event) {
    const node = event.target instanceof Element ? event.target.closest(".streamlab-part") : null;
    selected.set(bodies.get(/** @type {HTMLElement} */ (node)) ?? null);
  }

  function toggle() {
    hex.ariaPressed = String(hex.ariaPressed !== "true");
    update();
  }

  listen(hex, { click: toggle }, signal);
  listen(parts, { pointerover: point, pointerleave: () => selected.set(null) }, signal);
  selected.subscribe(markSelected);

  return { root, update };
}

/** The text with its line ends in a softer colour. @param {string} text */
function marked(text) {
  return text.split(/((?:\\[rn])+)$/m).map((part, index) => (index % 2 ? h("span", { class: "escape" }, part) : part));
}
