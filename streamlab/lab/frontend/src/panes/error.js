/**
 * The exception on the server's side: its last line first, then what to do, then where it came from.
 */
import { h, pane, region, setText } from "./dom.js";
import { blocks } from "../text/blocks.js";

/** @param {import("../model/store.js").Store} store */
export function createError(store) {
  // There from the start and filled later: a screen reader announces what changes in it.
  const last = h("div", { role: "alert", class: "last" });
  const advice = h("div", { class: "advice" });
  const frames = h("ol", { class: "frames" });
  const origin = h("div", { class: "traceback", ...region("traceback") }, frames);
  const root = pane("error", [], last, h("div", { class: "error-body" }, advice, origin));
  /** @type {string | undefined} */
  let shown;

  function update() {
    const { error } = store.facts;
    const key = JSON.stringify(error);
    if (key === shown) return;
    shown = key;
    root.classList.toggle("streamlab-silent", !error);
    // Without a name a section is no region that screen readers would list.
    if (error) root.setAttribute("aria-label", "error");
    else root.removeAttribute("aria-label");
    setText(last, error?.last ?? "");
    advice.replaceChildren(
      ...blocks(error?.advice ?? "").map(({ kind, text }) =>
        kind === "code" ? h("pre", {}, text) : h("p", {}, text),
      ),
    );
    // The learner's own lines first: the cause is nearly always there.
    const own = error?.frames.filter((frame) => frame.own) ?? [];
    const others = error?.frames.filter((frame) => !frame.own) ?? [];
    frames.replaceChildren(...[...own, ...others].map(item));
  }

  /** @param {import("../model/protocol.js").Frame} frame */
  function item({ file, line, name, code, own }) {
    return h(
      "li",
      { class: own ? "own" : "foreign" },
      h("span", { class: "where" }, `${file}, line ${line}, in ${name}`),
      ...(own ? [h("span", { class: "yours" }, "your code")] : []),
      h("code", {}, code.trim()),
    );
  }

  return { root, update };
}
