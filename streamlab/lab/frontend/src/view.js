/**
 * Puts the panes together. Each pane is updated at most once in a frame, also if more batches
 * arrive.
 */
import { describeToggle } from "./panes/aria-pressed.js";
import { createChunks } from "./panes/chunks.js";
import { SelectedBytes } from "./model/selected-bytes.js";
import { h, listen } from "./panes/dom.js";
import { createError } from "./panes/error.js";
import { createEvents } from "./panes/events.js";
import { createResponseHead } from "./panes/response-head.js";
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
  const selected = new SelectedBytes();
  const timeline = createTimeline(store, selected, schedule, signal);
  const source = createSource(store);
  const page = createPage(store, signal);
  const chunks = createChunks(store, selected, signal);
  const error = createError(store);
  const http = createResponseHead(store);
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
  selected.subscribe(schedule);
  watchTheme(schedule, signal);
  describeToggle(el, signal);
  changed();
  listen(signal, {
    abort() {
      cancelAnimationFrame(frame);
      el.replaceChildren();
    },
  });
}

/**
 * Redraw the canvas if the theme changes. JupyterLab writes the theme's name on the body.
 *
 * @param {() => void} changed
 * @param {AbortSignal} signal
 */
function watchTheme(changed, signal) {
  const observer = new MutationObserver(changed);
  observer.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-name"] });
  listen(signal, { abort: () => observer.disconnect() });
}
