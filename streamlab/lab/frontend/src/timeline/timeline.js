/**
 * The timeline: lanes against time, with the request context above them and the events below.
 */
import { h, listen, pane, setText } from "../panes/dom.js";
import { summary } from "../text/labels.js";
import { Layout } from "./geometry.js";
import { heldWords } from "./held-areas.js";
import { eventAt, rowsAt } from "./hit-test.js";
import { createLaneNames } from "./lane-names.js";
import { readPalette } from "./palette.js";
import { PickedChunk } from "./picked-chunk.js";
import { createReplay } from "./replay.js";
import { drawScene, windowsOf } from "./scene.js";
import { createTooltip } from "./tooltip.js";
import { chunkTip, crowdTip, eventWords } from "./tooltip-text.js";
import { Viewport } from "./viewport.js";
import { createZoom } from "./zoom.js";

/** Of the chart, in px: see base.css. */
const ROOM = 194;
const KEYS_HELP = "← → move, + − zoom, 0 show all, Shift ← → next chunk";
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
  const laneNames = createLaneNames(store);
  const tooltip = createTooltip();
  const area = h("div", { class: "area" }, canvas, invitation, tooltip.root);
  const axisButton = h("button", { type: "button", class: "axis" });
  const viewport = new Viewport(store, createZoom(canvas, redraw, signal));
  const replay = createReplay(store, playhead, () => viewport.axis.kind, signal);
  const root = pane(
    "timeline",
    [history.root, h("span", { class: "aside keys" }, KEYS_HELP), axisButton],
    h("div", { class: "chart" }, laneNames.root, area),
    replay.root,
  );
  const picked = new PickedChunk(store, selected);
  let layout = new Layout(store.lanes.length, ROOM);

  function update() {
    layout = new Layout(store.lanes.length, ROOM);
    const { height } = layout;
    const { resized, fresh } = viewport.update(area.clientWidth, height);
    if (resized) resizeCanvas(context, viewport.width, height);
    if (fresh) picked.chunk = null;
    laneNames.update(layout);
    const label = summary(store);
    if (canvas.ariaLabel !== label) canvas.ariaLabel = label;
    updateAxisButton();
    history.update();
    invitation.hidden = store.facts.state !== "idle";
    replay.update();
    if (!viewport.width) return;
    drawScene(scene());
    showPicked();
  }

  function updateAxisButton() {
    const { hasChoice, axis } = viewport;
    setText(axisButton, `Axis: ${axis.kind}`);
    axisButton.disabled = !hasChoice;
    axisButton.title = hasChoice
      ? "order: equal steps between events; time: seconds"
      : "Too many chunks to show them in order.";
  }

  /** @returns {import("./scene.js").Scene} */
  function scene() {
    const { axis, scale } = viewport;
    const { lanes, facts } = store;
    const windows = windowsOf({ lanes, axis, scale });
    const palette = readPalette(root);
    return { context, lanes, facts, axis, scale, layout, windows, palette, selected: selected.bytes, moment: playhead.moment };
  }

  /** @param {PointerEvent} event */
  function point({ offsetX: x, offsetY: y }) {
    tooltip.announce(false);
    const here = scene();
    const lane = layout.laneAt(y);
    const rows = lane < 0 ? null : rowsAt(here, lane, x);
    if (rows && rows.last - rows.first === 1) {
      pick(lane, rows.first);
      return;
    }
    unpick();
    if (rows) {
      show(crowdTip(store, lane, rows.first, rows.last), x, layout.middleOf(lane));
    } else {
      const event = lane < 0 ? eventAt(here, x, y) : undefined;
      const words = event ? eventWords(event) : heldWords(here, layout.laneAbove(y), x);
      if (words) show([h("span", {}, words)], x, y);
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
    show(chunkTip(store, lane, row), x, layout.middleOf(lane));
  }

  /** @param {KeyboardEvent} event */
  function press(event) {
    if (event.key === "Escape") unpick();
    if (!event.shiftKey || !(event.key in STEPS)) return;
    event.preventDefault();
    event.stopPropagation();
    tooltip.announce(true);
    const next = picked.neighbour(STEPS[event.key]);
    if (!next) return;
    viewport.scrollTo(viewport.axis.columns[next.lane][next.row]);
    pick(next.lane, next.row);
  }

  function toggleAxis() {
    viewport.toggleAxis();
    redraw();
  }

  const listeners = { pointermove: point, pointerleave: unpick, blur: unpick, keydown: press };
  listen(canvas, listeners, signal);
  listen(axisButton, { click: toggleAxis }, signal);
  const observer = new ResizeObserver(redraw);
  observer.observe(area);
  listen(signal, { abort: () => observer.disconnect() });

  return { root, update };
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} width  in CSS pixels
 * @param {number} height
 */
export function resizeCanvas(context, width, height) {
  const { canvas } = context;
  const ratio = devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.height = `${height}px`;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
}
