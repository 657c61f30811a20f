/**
 * The page pane: what a browser would show so far, in an iframe without scripts and requests, or the
 * messages of a stream that has some.
 */
import { aside, h, listen, pane, region, setText } from "./dom.js";
import { createMessages } from "./messages.js";
import { pageEdge } from "./page-edge.js";
import { formatBytes } from "../text/format.js";
import { OTHER_CLIENT } from "../text/labels.js";
import { inertDocument } from "./inert-document.js";
import { pageContent } from "./page-document.js";

/** The shortest time between two updates, in ms: each one loads a document. */
const PAUSE = 200;

/**
 * @param {import("../model/store.js").Store} store
 * @param {import("../model/playhead.js").Playhead} playhead
 * @param {AbortSignal} signal
 */
export function createPage(store, playhead, signal) {
  const text = h("pre", { class: "text", ...region("body"), hidden: "" });
  // Two iframes take turns: one is visible while the other loads, so the page does not flash white.
  let [front, back] = [iframe(), iframe()];
  const messages = createMessages(store);
  const sheet = h("div", { class: "sheet" }, front, back, text, messages.root);
  const edge = h("div", { class: "edge" });
  const note = aside();
  const root = pane("page", [note], sheet, edge);
  let shown = "";
  let shownAt = -Infinity;
  let loading = false;
  /** How many bytes of the run are in the document that loads. */
  let painting = 0;
  /** Bytes arrived while an iframe was loading. */
  let stale = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let pause;
  listen(signal, { abort: () => clearTimeout(pause) });
  present(front, true);
  present(back, false);

  function iframe() {
    const element = h("iframe", { sandbox: "", class: "document" });
    listen(element, { load: () => loaded(element) }, signal);
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
    // Each iframe also loads once, empty, when the view is added to the page.
    if (!loading || element !== back) return;
    loading = false;
    if (stale) paintSoon();
    [front, back] = [back, front];
    present(front, true);
    present(back, false);
    store.paint(painting);
  }

  function paintSoon() {
    pause ??= setTimeout(paint, Math.max(0, shownAt + PAUSE - performance.now()));
  }

  function paint() {
    pause = undefined;
    stale = loading;
    // Let the load finish: if each update interrupted it, the page would never appear.
    if (loading) return;
    const content = pageContent(store, playhead.moment);
    const { text: body } = content;
    const document = content.kind === "html" ? inertDocument(body) : "";
    // A page that cannot be made inert is shown as the text that it is.
    const kind = document === undefined ? "text" : content.kind;
    const source = document ?? "";
    sheet.dataset.kind = kind;
    text.hidden = kind !== "text";
    setText(text, kind === "text" ? body : "");
    messages.show(content.kind === "messages" ? content.parsed : null);
    painting = playhead.moment.newest && content.kind !== "nothing" ? store.page.length : 0;
    if (kind !== "html") store.paint(painting);
    if (source === shown) return;
    shown = source;
    shownAt = performance.now();
    loading = true;
    back.srcdoc = source;
  }

  function update() {
    const { kind, text: words } = pageEdge(store, playhead.moment);
    edge.dataset.edge = kind;
    setText(edge, words);
    setText(note, remark());
    paintSoon();
  }

  /** Why the page is empty or incomplete. */
  function remark() {
    const { kind, whole } = pageContent(store, playhead.moment);
    const { run, page_size } = store.facts;
    if (kind !== "nothing") return whole ? "" : "first 64 KiB only";
    if (run?.external) return OTHER_CLIENT;
    return page_size ? `${formatBytes(page_size)} received, nothing to show yet` : "nothing received yet";
  }

  return { root, update };
}
