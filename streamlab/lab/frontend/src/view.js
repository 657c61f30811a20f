/**
 * Puts the regions of the panel together. Each is updated at most once in a frame, also if more
 * batches arrive.
 */
import { createComparison } from "./compare/comparison.js";
import { createHistory } from "./compare/history.js";
import { createMatrix } from "./compare/matrix.js";
import { Controls } from "./model/controls.js";
import { Playhead } from "./model/playhead.js";
import { SelectedBytes } from "./model/selected-bytes.js";
import { createActions } from "./panes/actions.js";
import { createChunks } from "./panes/chunks.js";
import { createDetails } from "./panes/details.js";
import { h, listen } from "./panes/dom.js";
import { createEvents } from "./panes/events.js";
import { keepKeys } from "./panes/own-keys.js";
import { createOutput } from "./panes/output.js";
import { createPage } from "./panes/page.js";
import { createSettings } from "./panes/settings.js";
import { createSource } from "./panes/source.js";
import { createStatus } from "./panes/status.js";
import { createPipe } from "./pipe/pipe.js";
import { createWire } from "./panes/wire.js";
import { createTimeline } from "./timeline/timeline.js";

/** How long to wait for the first batch, in ms, before the saved picture is shown. */
const FIRST_BATCH = 5000;

/**
 * @param {import("./model/store.js").Store} store
 * @param {import("./model/store.js").Store} beside  the run that is compared with the shown one
 * @param {import("@anywidget/types").AnyModel} model
 * @param {HTMLElement} el
 * @param {AbortSignal} signal
 */
export function renderView(store, beside, model, el, signal) {
  const controls = new Controls(model);
  const playhead = new Playhead(store);
  const selected = new SelectedBytes();
  const status = createStatus(store, controls, signal);
  const actions = createActions(store, controls, signal);
  const settings = createSettings(controls, signal);
  const source = createSource(store, playhead, signal);
  const pipe = createPipe(store, playhead, signal);
  const page = createPage(store, playhead, signal);
  const history = createHistory(store, controls, signal);
  const timeline = createTimeline(store, playhead, selected, history, schedule, signal);
  const comparison = createComparison(store, beside, controls, playhead, selected, schedule, signal);
  const matrix = createMatrix(controls, signal);
  const details = createDetails(
    store,
    [
      { name: "Chunks", ...createChunks(store, playhead, selected, signal) },
      { name: "Wire", ...createWire(store, playhead, selected, signal) },
      { name: "Events", ...createEvents(store, playhead) },
      { name: "Output", ...createOutput(store, playhead) },
    ],
    signal,
  );
  const head = [status, actions];
  const lower = { timeline: [timeline, details], compare: [comparison], matrix: [matrix] };
  const body = [source, pipe, page, ...Object.values(lower).flat()];
  let frame = 0;
  let news = true;
  let inSight = true;

  const saved = hiddenWhileShown(controls.get("saved"));
  // A view that was saved with the notebook has no kernel, and so no run: the picture has one.
  let waited = false;
  const waiting = setTimeout(() => {
    waited = true;
    changed();
  }, FIRST_BATCH);

  function draw() {
    frame = 0;
    saved.media = waited && !store.version ? "not all" : "all";
    if (!inSight) {
      // A screen reader still announces the status. The rest is drawn when it is in sight.
      for (const { update } of head) update();
      return;
    }
    const chart = showLower();
    if (news) for (const { root, update } of [...head, ...body]) root.hidden || update();
    else chart.update();
    news = false;
  }

  /** Show one of what the lower part can show, and return its first region. */
  function showLower() {
    for (const [name, parts] of Object.entries(lower)) {
      for (const { root } of parts) root.hidden = name !== controls.lower;
    }
    return lower[controls.lower][0];
  }

  function schedule() {
    frame ||= requestAnimationFrame(draw);
  }

  function changed() {
    news = true;
    schedule();
  }

  const view = h(
    "div",
    { class: "view panel" },
    h("div", { class: "grid" }, ...[...head, settings, ...body].map(({ root }) => root)),
  );
  const controlled = () => {
    view.dataset.scale = controls.get("scale") ?? "normal";
    settings.update();
    changed();
  };
  el.replaceChildren(view, saved);
  keepKeys(view, signal);
  store.subscribe(changed, signal);
  beside.subscribe(changed, signal);
  playhead.subscribe(changed, signal);
  controls.subscribe(controlled, signal);
  selected.subscribe(schedule);
  watchTheme(schedule, signal);
  const shown = () => {
    reveal(view, status.root);
    controls.send("shown");
  };
  whenShown(view, shown, signal);
  const sight = new IntersectionObserver((entries) => {
    inSight = entries[entries.length - 1].isIntersecting;
    changed();
  });
  sight.observe(view);
  controlled();
  listen(signal, {
    abort() {
      cancelAnimationFrame(frame);
      sight.disconnect();
      clearTimeout(waiting);
      el.replaceChildren();
    },
  });
}

/**
 * A style that hides the picture of the run for the saved notebook, while this view is on the page.
 *
 * @param {string | undefined} name  its class
 */
function hiddenWhileShown(name) {
  return h("style", {}, name ? `.${CSS.escape(name)} { display: none; }` : "");
}

/**
 * Call a function once, when an element is on the page and has a size.
 *
 * @param {Element} element
 * @param {() => void} shown
 * @param {AbortSignal} signal
 */
function whenShown(element, shown, signal) {
  const observer = new ResizeObserver(() => {
    if (!element.clientWidth) return;
    observer.disconnect();
    shown();
  });
  observer.observe(element);
  listen(signal, { abort: () => observer.disconnect() });
}

/**
 * Scroll to a view that the user has just asked for, such as by Shift+Enter in its cell: Jupyter
 * scrolls to the next cell before the view has a height. A page that loads does not scroll.
 *
 * @param {Element} view
 * @param {Element} top  its first part, which matters most if not all of it fits
 */
function reveal(view, top) {
  if (!navigator.userActivation?.isActive) return;
  view.scrollIntoView({ block: "nearest", behavior: "instant" });
  top.scrollIntoView({ block: "nearest", behavior: "instant" });
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
