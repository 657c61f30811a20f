/**
 * The exception on the server's side: its last line, the advice, then the traceback.
 */
import { h, pane, region, setText } from "./dom.js";
import { blocks } from "../text/blocks.js";

/** @param {import("../model/store.js").Store} store */
export function createError(store) {
  // Present from the start: a screen reader announces changes only in an element that it knows.
  const last = h("div", { role: "alert", class: "last" });
  const advice = h("div", { class: "advice" });
  const entries = h("ol", { class: "entries" });
  const origin = h("div", { class: "traceback", ...region("traceback") }, entries);
  const root = pane("error", [], last, h("div", { class: "error-body" }, advice, origin));
  /** @type {string | undefined} */
  let shown;

  function update() {
    const { error } = store.facts;
    const key = JSON.stringify(error);
    if (key === shown) return;
    shown = key;
    root.classList.toggle("streamlab-silent", !error);
    // Without a label, screen readers do not list a section.
    root.ariaLabel = error ? "error" : null;
    setText(last, error?.last ?? "");
    advice.replaceChildren(
      ...blocks(error?.advice ?? "").map(({ kind, text }) =>
        kind === "code" ? h("pre", {}, text) : h("p", {}, text),
      ),
    );
    // The user's own lines first: the cause is usually there.
    const own = error?.traceback.filter((entry) => entry.own) ?? [];
    const others = error?.traceback.filter((entry) => !entry.own) ?? [];
    entries.replaceChildren(...[...own, ...others].map(item));
  }

  /** @param {import("../model/protocol.js").TracebackEntry} frame */
  function item({ file, line, name, code, own }) {
    return h(
      "li",
      { class: own ? "own" : "library" },
      h("span", { class: "where" }, `${file}, line ${line}, in ${name}`),
      ...(own ? [h("span", { class: "yours" }, "your code")] : []),
      h("code", {}, code.trim()),
    );
  }

  return { root, update };
}
