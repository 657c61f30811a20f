/**
 * The events as a list. The timeline shows them as marks.
 */
import { h, setText } from "./dom.js";
import { formatMoment } from "../text/format.js";

/** @param {import("../model/store.js").Store} store */
export function createEvents(store) {
  const total = h("span");
  const list = h("ol", { class: "list" });
  const root = h(
    "details",
    { class: "events" },
    h("summary", {}, "Events: ", total),
    list,
  );
  /** @type {unknown} */
  let shown;

  function update() {
    const { events } = store.facts;
    if (events === shown) return;
    shown = events;
    setText(total, events.length ? String(events.length) : "none yet");
    list.replaceChildren(...events.map(item));
  }

  /** @param {import("../model/protocol.js").EventMark} event */
  function item([time, kind, text]) {
    return h(
      "li",
      {},
      h("span", { class: "moment" }, formatMoment(time)),
      h("span", {}, text ? `${kind}: ${text}` : kind),
    );
  }

  return { root, update };
}
