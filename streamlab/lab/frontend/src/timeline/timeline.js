/**
 * The timeline: lanes against time, with the request context above them and the events below.
 */
import { h, listen, pane } from "../panes/dom.js";
import { summary } from "../text/labels.js";
import { Layout } from "./geometry.js";
import { heldWords } from "./held-areas.js";
import { markAt, rowsAt } from "./hit-test.js";
import { createLaneNames } from "./lane-names.js";
import { readPalette } from "./palette.js";
import { PickedChunk } from "./picked-chunk.js";
import { createReplay } from "./replay.js";
import { drawScene, windowsOf } from "./scene.js";
import { createKinds } from "./kinds.js";
import { createTooltip } from "./tooltip.js";
import { chunkTip, crowdTip, legend, markTip, sumsTip } from "./tooltip-text.js";
import { Viewport } from "./viewport.js";
import { createZoom } from "./zoom.js";

/** Of the chart, in px, before its height is known: see base.css. */
const ROOM = 194;
const KEYS_HELP = "← → move, + − zoom, 0 show all, Shift ← → next chunk";
/** While a run goes on, an axis of time is drawn again after this pause, in ms: later if it moves by less than 2 px. */
const [PAUSE, LONGEST] = [33, 1000];
const STEPS = /** @type {Record<string, number>} */ ({ ArrowLeft: -1, ArrowRight: 1 });

/**
 * @param {import("../model/store.js").Store} store
 * @param {import("../model/playhead.js").Playhead} playhead
 * @param {import("../model/selected-bytes.js").SelectedBytes} selected
 * @param {{ root: HTMLElement, update: () => void }} history  which run is shown
 * @param {() => void} redraw  asks for a frame
 * @param {AbortSignal} signal
 */
export function createTimeline(store, playhead, selected, history, redraw, signal) {
  const canvas = h("canvas", { class: "canvas", role: "img", tabindex: "0" });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const invitation = h(
    "p",
    { class: "invitation" },
    h("span", {}, "Each chunk will appear here, on every lane that it passes."),
  );
  /** The store with what only the view knows. */
  const source = {
    get lanes() {
      return store.lanesWithPage;
    },
    get facts() {
      return { ...store.facts, now: store.now };
    },
    get epoch() {
      return store.epoch;
    },
    get version() {
      return store.version;
    },
  };
  const laneNames = createLaneNames(source);
  const tooltip = createTooltip();
  const area = h("div", { class: "area" }, canvas, invitation, tooltip.root);
  const viewport = new Viewport(source, createZoom(canvas, redraw, signal));
  const kinds = createKinds(viewport, redraw, signal);
  const replay = createReplay(store, playhead, () => viewport.axis.kind, signal);
  const chart = h("div", { class: "chart" }, laneNames.root, area);
  const root = pane(
    "timeline",
    [history.root, h("span", { class: "aside keys" }, KEYS_HELP), kinds.root],
    chart,
    replay.root,
  );
  const picked = new PickedChunk(source, selected);
  let room = ROOM;
  let layout = new Layout(source.lanes.length, room);
  let visible = true;
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let next;

  function update() {
    layout = new Layout(source.lanes.length, room);
    const { height } = layout;
    const { resized, fresh } = viewport.update(area.clientWidth, height);
    if (resized) resizeCanvas(context, viewport.width, height);
    if (fresh) picked.chunk = null;
    laneNames.update(layout, viewport.kind === "bytes");
    const label = summary(store);
    if (canvas.ariaLabel !== label) canvas.ariaLabel = label;
    kinds.update();
    history.update();
    invitation.hidden = store.facts.state !== "idle";
    replay.update();
    if (!viewport.width) return;
    drawScene(scene());
    showPicked();
    drawLater();
  }

  /** Let what is open grow with the time, while somebody sees it. */
  function drawLater() {
    clearTimeout(next);
    if (!store.running || !visible || viewport.axis.kind !== "time") return;
    const { scale } = viewport;
    const perPixel = (scale.toPosition(1) - scale.toPosition(0)) / 1e6;
    const pause = still.matches ? LONGEST : Math.max(PAUSE, 2 * perPixel);
    next = setTimeout(redraw, Math.min(LONGEST, pause));
  }

  /** @returns {import("./scene.js").Scene} */
  function scene() {
    const { axis, scale, kind } = viewport;
    const { lanes, facts } = source;
    const windows = windowsOf({ lanes, axis, scale });
    const palette = readPalette(root);
    return { context, lanes, facts, axis, scale, layout, windows, palette, selected: selected.bytes, moment: playhead.moment, sums: kind === "bytes", running: store.running };
  }

  /** @param {PointerEvent} event */
  function point({ offsetX: x, offsetY: y }) {
    tooltip.announce(false);
    const here = scene();
    const lane = layout.laneAt(y);
    if (here.sums && lane >= 0) {
      unpick();
      show(sumsTip(here, x), x, y);
      return;
    }
    const rows = lane < 0 ? null : rowsAt(here, lane, x);
    if (rows && rows.last - rows.first === 1) {
      pick(lane, rows.first);
      return;
    }
    unpick();
    if (rows) {
      show(crowdTip(here.lanes[lane], rows.first, rows.last), x, layout.middleOf(lane));
    } else {
      const mark = lane < 0 ? markAt(here, x, y) : undefined;
      const words = heldWords(here, layout.laneAbove(y), x);
      if (mark) show(markTip(mark), x, y);
      else if (y > layout.eventsTop) show(legend(), x, y);
      else if (words) show([h("span", {}, words)], x, y);
    }
  }

  /**
   * @param {Node[]} content
   * @param {number} x
   * @param {number} y
   */
  function show(content, x, y) {
    tooltip.show(content, x, y, viewport.width);
  }

  /**
   * @param {number} lane
   * @param {number} row
   */
  function pick(lane, row) {
    picked.pick(lane, row);
    redraw();
  }

  function unpick() {
    picked.clear();
    tooltip.hide();
  }

  function showPicked() {
    if (!picked.chunk) return;
    const { lane, row } = picked.chunk;
    const x = viewport.scale.toPixel(viewport.axis.columns[lane][row]);
    show(chunkTip(store, lane, row, source.lanes), x, layout.middleOf(lane));
  }

  /** @param {KeyboardEvent} event */
  function press(event) {
    if (event.key === "Escape") unpick();
    if (!event.shiftKey || !(event.key in STEPS)) return;
    event.preventDefault();
    tooltip.announce(true);
    const next = picked.neighbour(STEPS[event.key]);
    if (!next) return;
    viewport.scrollTo(viewport.axis.columns[next.lane][next.row]);
    pick(next.lane, next.row);
  }

  const listeners = { pointermove: point, pointerleave: unpick, blur: unpick, keydown: press };
  listen(canvas, listeners, signal);
  const observer = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) {
      if (target === chart && contentRect.height) room = Math.floor(contentRect.height);
    }
    redraw();
  });
  observer.observe(area);
  observer.observe(chart);
  const watcher = new IntersectionObserver(([entry]) => {
    visible = entry.isIntersecting;
    redraw();
  });
  watcher.observe(area);
  const stop = () => {
    observer.disconnect();
    watcher.disconnect();
    clearTimeout(next);
  };
  listen(signal, { abort: stop });

  return { root, update };
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} width  in CSS pixels
 * @param {number} height
 */
export function resizeCanvas(context, width, height) {
  const { canvas } = context;
  // Chromium and Safari know `currentCSSZoom`; elsewhere large text is a little blurred.
  const ratio = (devicePixelRatio || 1) * (/** @type {any} */ (canvas).currentCSSZoom ?? 1);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.height = `${height}px`;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
}
