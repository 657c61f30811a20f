/**
 * What a browser would have painted so far, in a frame that can do nothing but be looked at.
 */
import { aside, h, pane, region, setText } from "./dom.js";
import { formatBytes } from "../text/format.js";
import { ELSEWHERE } from "../text/labels.js";
import { painted, shielded } from "./page-document.js";

/** The shortest time between two paints, in ms: each one loads a document. */
const PAUSE = 200;

/**
 * @param {import("../model/store.js").Store} store
 * @param {AbortSignal} signal
 */
export function createPage(store, signal) {
  const text = h("pre", { class: "text", ...region("body"), hidden: "" });
  // Two frames take turns: one shows while the other loads, so that the page does not flash white.
  let [front, back] = [frame(), frame()];
  const sheet = h("div", { class: "sheet" }, front, back, text);
  const note = aside();
  const root = pane("page", [note], sheet);
  let shown = "";
  let shownAt = -Infinity;
  let loading = false;
  /** Something came while a frame was loading. */
  let stale = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let pause;
  signal.addEventListener("abort", () => clearTimeout(pause));
  present(front, true);
  present(back, false);

  function frame() {
    const element = h("iframe", { sandbox: "", class: "frame" });
    element.addEventListener("load", () => loaded(element), { signal });
    return element;
  }

  /**
   * @param {HTMLIFrameElement} element
   * @param {boolean} on
   */
  function present(element, on) {
    element.classList.toggle("streamlab-front", on);
    element.title = on ? "page" : "";
    element.tabIndex = on ? 0 : -1;
    element.toggleAttribute("inert", !on);
  }

  /** @param {HTMLIFrameElement} element */
  function loaded(element) {
    // Each frame also loads once, empty, when the view is put on the page.
    if (!loading || element !== back) return;
    loading = false;
    if (stale) paintSoon();
    [front, back] = [back, front];
    present(front, true);
    present(back, false);
  }

  function paintSoon() {
    pause ??= setTimeout(paint, Math.max(0, shownAt + PAUSE - performance.now()));
  }

  function paint() {
    pause = undefined;
    stale = loading;
    // A load that is cut off by the next, again and again, would never show anything.
    if (loading) return;
    const { kind, text: body } = painted(store);
    sheet.dataset.kind = kind;
    text.hidden = kind !== "text";
    const source = kind === "html" ? shielded(body) : "";
    setText(text, kind === "text" ? body : "");
    if (source === shown) return;
    shown = source;
    shownAt = performance.now();
    loading = true;
    back.srcdoc = source;
  }

  function update() {
    setText(note, remark());
    paintSoon();
  }

  /** Why there is nothing to see, or not all. */
  function remark() {
    const { kind, whole } = painted(store);
    const { run, page_size } = store.facts;
    if (kind !== "nothing") return whole ? "" : "the first 64 KiB";
    if (run?.external) return ELSEWHERE;
    return page_size ? `${formatBytes(page_size)} came, nothing to paint` : "nothing has arrived yet";
  }

  return { root, update };
}
