/**
 * The panes put together. However many batches come, each pane is updated once a frame at most.
 */
import { describeToggle } from "./panes/aria-pressed.js";
import { createChunks } from "./panes/chunks.js";
import { Cursor } from "./model/selected-bytes.js";
import { h } from "./panes/dom.js";
import { createError } from "./panes/error.js";
import { createEvents } from "./panes/events.js";
import { createHttp } from "./panes/response-head.js";
import { createPage } from "./panes/page.js";
import { createSource } from "./panes/source.js";
import { createStatus } from "./panes/status.js";
import { createTimeline } from "./timeline/timeline.js";

/**
 * @param {import("./model/store.js").Store} store
 * @param {HTMLElement} el
 * @param {AbortSignal} signal
 */
export function renderView(store, el, signal) {
  const cursor = new Cursor();
  const timeline = createTimeline(store, cursor, schedule, signal);
  const source = createSource(store);
  const page = createPage(store, signal);
  const chunks = createChunks(store, cursor, signal);
  const error = createError(store);
  const http = createHttp(store);
  const events = createEvents(store);
  const status = createStatus(store);
  const panes = [status, timeline, source, page, chunks, error, http, events];
  let frame = 0;
  let news = true;

  function draw() {
    frame = 0;
    if (news) for (const { update } of panes) update();
    else timeline.update();
    news = false;
  }

  function schedule() {
    frame ||= requestAnimationFrame(draw);
  }

  function changed() {
    news = true;
    schedule();
  }

  const grid = h("div", { class: "grid" }, ...panes.map(({ root }) => root));
  el.replaceChildren(h("div", { class: "view" }, grid));
  store.subscribe(changed, signal);
  cursor.subscribe(schedule);
  watchTheme(schedule, signal);
  describeToggle(el, signal);
  changed();
  signal.addEventListener("abort", () => {
    cancelAnimationFrame(frame);
    el.replaceChildren();
  });
}

/**
 * JupyterLab names its theme on the body; the canvas is drawn anew when it changes.
 *
 * @param {() => void} changed
 * @param {AbortSignal} signal
 */
function watchTheme(changed, signal) {
  const observer = new MutationObserver(changed);
  observer.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-name"] });
  signal.addEventListener("abort", () => observer.disconnect());
}
