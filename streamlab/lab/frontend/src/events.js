/**
 * What happened besides the chunks, as a list: on the timeline it is only drawn.
 */
import { h, setText } from "./dom.js";
import { count, formatMoment } from "./format.js";

/** @param {import("./store.js").Store} store */
export function createEvents(store) {
  const total = h("span");
  const list = h("ol", { class: "streamlab-list" });
  const root = h(
    "details",
    { class: "streamlab-events" },
    h("summary", {}, "Events ", total),
    list,
  );
  /** @type {unknown[]} */
  let shown = [];

  function update() {
    const { events, spans } = store.facts;
    if (events === shown[0] && spans === shown[1]) return;
    shown = [events, spans];
    const entries = [
      ...events,
      ...spans.flatMap(([start, end]) => [
        entry(start, "request context active"),
        ...(end === null ? [] : [entry(end, "request context ended")]),
      ]),
    ].sort(([a], [b]) => a - b);
    setText(total, entries.length ? count(entries.length, "entry", "entries") : "none yet");
    list.replaceChildren(...entries.map(item));
  }

  /**
   * @param {number} time
   * @param {string} kind
   * @returns {import("./protocol.js").Happening}
   */
  function entry(time, kind) {
    return [time, kind, ""];
  }

  /** @param {import("./protocol.js").Happening} event */
  function item([time, kind, text]) {
    return h(
      "li",
      {},
      h("span", { class: "streamlab-moment" }, formatMoment(time)),
      h("span", {}, text ? `${kind}: ${text}` : kind),
    );
  }

  return { root, update };
}
