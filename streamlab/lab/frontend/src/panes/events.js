/**
 * The events as a list. The timeline shows them as marks.
 */
import { formatMoment } from "../text/format.js";
import { h } from "./dom.js";

/**
 * @param {import("../model/store.js").Store} store
 * @param {import("../model/playhead.js").Playhead} playhead
 */
export function createEvents(store, playhead) {
  const empty = h("p", { class: "empty" }, "Nothing has happened yet.");
  const list = h("ol", { class: "list" });
  const root = h("div", { class: "events" }, empty, list);
  let shown = "";

  function update() {
    const { events } = playhead.moment;
    const key = `${store.epoch}:${events.length}`;
    if (key === shown) return;
    shown = key;
    empty.hidden = events.length > 0;
    list.replaceChildren(...events.map(item));
  }

  /** @param {import("../model/protocol.js").EventMark} event */
  function item([time, kind, text]) {
    return h(
      "li",
      kind === "exception" ? { class: "raised" } : {},
      h("span", { class: "moment" }, formatMoment(time)),
      h("span", {}, text ? `${kind}: ${text}` : kind),
    );
  }

  return { root, update };
}
