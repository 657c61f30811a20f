/**
 * What the view printed, with its time, and the traceback that a server would print to its log.
 */
import { formatMoment } from "../text/format.js";
import { h } from "./dom.js";
import { tracebackList } from "./traceback.js";

/**
 * @param {import("../model/store.js").Store} store
 * @param {import("../model/playhead.js").Playhead} playhead
 */
export function createOutput(store, playhead) {
  const empty = h("p", { class: "empty" }, "Nothing was printed.");
  const lines = h("ol", { class: "list printed" });
  const traceback = h("div", { class: "traceback" });
  const root = h("div", { class: "output" }, empty, lines, traceback);
  let shown = "";

  function update() {
    const { moment } = playhead;
    const { output, error } = moment;
    const key = `${store.epoch}:${output.length}:${output.at(-1)?.[1]}:${Boolean(error)}`;
    if (key === shown) return;
    shown = key;
    empty.hidden = output.length > 0 || Boolean(error);
    lines.replaceChildren(...output.map(printed));
    traceback.replaceChildren(...(error ? [tracebackList(error.traceback)] : []));
  }

  /** @param {import("../model/protocol.js").PrintedLine} line */
  function printed([time, text, stream]) {
    return h(
      "li",
      { class: stream },
      h("span", { class: "moment" }, formatMoment(time)),
      ...(stream === "stderr" ? [h("span", { class: "stream" }, stream)] : []),
      h("code", {}, text),
    );
  }

  const size = () => store.facts.output.length + (store.facts.error ? 1 : 0);

  return { root, update, size };
}
