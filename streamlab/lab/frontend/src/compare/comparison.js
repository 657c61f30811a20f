/**
 * Two runs, one above the other on one axis, and the difference between them in a sentence. It is
 * shown in the place of the timeline and the details. The other regions show the second run.
 */
import { Moment } from "../model/moment.js";
import { h, listen, pane, setText, withCode } from "../panes/dom.js";
import { OUTCOME_SIGNS, summary } from "../text/labels.js";
import { Layout } from "../timeline/geometry.js";
import { rowsAt } from "../timeline/hit-test.js";
import { createLaneNames } from "../timeline/lane-names.js";
import { readPalette } from "../timeline/palette.js";
import { Scale } from "../timeline/scale.js";
import { drawScene, windowsOf } from "../timeline/scene.js";
import { resizeCanvas } from "../timeline/timeline.js";
import { createTooltip } from "../timeline/tooltip.js";
import { chunkTip } from "../timeline/tooltip-text.js";
import { createZoom } from "../timeline/zoom.js";
import { PairedAxes } from "./paired-axes.js";

/** @typedef {import("../model/store.js").Store} Store */

/** The room for the lanes of one run, and for the axis below both, in px. */
const ROOM = 84;
const AXIS = 16;
const OTHERS = { band: 16, events: 16, axis: 0 };

/**
 * What is compared. The kernel makes it in `streamlab/lab/panel.py`.
 *
 * @typedef Comparison
 * @property {number} [first]  the number of a run
 * @property {number} [second]  0 if it has not begun
 * @property {string[]} [names]  what tells the runs apart
 * @property {string} [text]  the difference in a sentence; "" while a run streams
 */

/**
 * @param {Store} store
 * @param {Store} beside
 * @param {import("../model/controls.js").Controls} controls
 * @param {import("../model/playhead.js").Playhead} playhead
 * @param {import("../model/selected-bytes.js").SelectedBytes} selected
 * @param {() => void} redraw  asks for a frame
 * @param {AbortSignal} signal
 */
export function createComparison(store, beside, controls, playhead, selected, redraw, signal) {
  const canvas = h("canvas", { class: "canvas", role: "img", tabindex: "0" });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const zoom = createZoom(canvas, redraw, signal);
  const tooltip = createTooltip();
  const area = h("div", { class: "area" }, canvas, tooltip.root);
  const sentence = h("p", { class: "difference", "aria-live": "polite" });
  const axisButton = h("button", { type: "button", class: "axis" });
  const close = h("button", { type: "button", class: "axis" }, "Close");
  const axes = new PairedAxes();
  const rows = [0, 1].map((index) => createRow(() => storeOf(index)));
  const root = pane(
    "comparison",
    [h("span", { class: "aside" }), axisButton, close],
    sentence,
    h(
      "div",
      { class: "chart" },
      h("div", { class: "compared" }, ...rows.map(({ root }) => root)),
      area,
    ),
  );
  let shown = "";
  let [width, height] = [0, 0];

  /** @returns {Comparison} */
  const facts = () => controls.get("comparison") ?? {};

  /** The store that has a run; undefined if it has not begun. @param {number} index */
  function storeOf(index) {
    const number = index ? facts().second : facts().first;
    return number ? [store, beside].find(({ facts: { run } }) => run?.id === number) : undefined;
  }

  /** The runs that can be drawn, with where each begins. */
  function drawn() {
    let top = 0;
    const found = rows.flatMap((_, index) => {
      const run = storeOf(index);
      const layout = new Layout(run?.lanes.length ?? 4, ROOM, OTHERS);
      const here = { index, top, run, layout };
      top += layout.height;
      return [here];
    });
    return { found, bottom: top };
  }

  function update() {
    const { names = [], text = "" } = facts();
    const { found, bottom } = drawn();
    if (sentence.dataset.text !== text) {
      sentence.dataset.text = text;
      sentence.replaceChildren(...withCode(text || "The request is sent twice, one run after the other."));
    }
    for (const { index, layout } of found) rows[index].update(names[index] ?? "", layout);
    const stores = found.flatMap(({ run }) => run ?? []);
    axisButton.disabled = !axes.hasChoice(stores);
    setText(axisButton, `Axis: ${axisButton.disabled ? "time" : axes.wanted}`);
    const label = found.map(({ index, run }) => `${plain(names[index])}: ${run ? summary(run) : "not started"}`);
    if (canvas.ariaLabel !== label.join(". ")) canvas.ariaLabel = label.join(". ");
    resize(bottom + AXIS);
    if (!width || !stores.length) return;
    const [axis] = axes.of(stores);
    const key = [axis.kind, ...stores.map(({ epoch }) => epoch)].join();
    zoom.resize(width, Math.max(1, (axis.high - axis.low) / (axis.kind === "order" ? 4 : 1e3)));
    if (key !== shown) zoom.set({ k: 1, x: 0 });
    shown = key;
    for (const one of scenes()) {
      context.save();
      context.translate(0, one.top);
      drawScene(one.scene);
      context.restore();
    }
  }

  /** @param {number} wanted  the height of both runs and the axis */
  function resize(wanted) {
    const room = area.clientWidth;
    if (!room || (room === width && wanted === height)) return;
    [width, height] = [room, wanted];
    resizeCanvas(context, width, height);
  }

  function scenes() {
    const { found } = drawn();
    const runs = found.filter(({ run }) => run);
    const all = axes.of(runs.flatMap(({ run }) => run ?? []));
    const palette = readPalette(root);
    return runs.map(({ index, top, run, layout }, position) => {
      const { lanes, facts } = /** @type {Store} */ (run);
      const axis = all[position];
      const scale = new Scale(axis, width, zoom.transform);
      // The axis is written below the last run only.
      const isLast = position === runs.length - 1;
      const own = isLast ? new Layout(lanes.length, ROOM + AXIS, { ...OTHERS, axis: AXIS }) : layout;
      const moment = run === store ? playhead.moment : new Moment(/** @type {Store} */ (run));
      const windows = windowsOf({ lanes, axis, scale });
      const scene = { context, lanes, facts, axis, scale, layout: own, windows, palette, selected: selected.bytes, moment };
      return { index, top, run: /** @type {Store} */ (run), scene };
    });
  }

  /** @param {PointerEvent} event */
  function point({ offsetX: x, offsetY }) {
    tooltip.hide();
    for (const { top, run, scene } of width ? scenes() : []) {
      const y = offsetY - top;
      const lane = scene.layout.laneAt(y);
      const found = lane < 0 ? null : rowsAt(scene, lane, x);
      if (found) tooltip.show(chunkTip(run, lane, found.first), x, top + scene.layout.middleOf(lane), width);
    }
  }

  function toggle() {
    axes.wanted = axes.wanted === "order" ? "time" : "order";
    redraw();
  }

  listen(canvas, { pointermove: point, pointerleave: () => tooltip.hide() }, signal);
  listen(axisButton, { click: toggle }, signal);
  listen(close, { click: () => leave(root, controls, "compare") }, signal);
  const observer = new ResizeObserver(redraw);
  observer.observe(area);
  listen(signal, { abort: () => observer.disconnect() });

  return { root, update };
}

/**
 * Show the timeline again. The button that opened this region gets the focus.
 *
 * @param {HTMLElement} root
 * @param {import("../model/controls.js").Controls} controls
 * @param {string} opener  the class of the button
 */
export function leave(root, controls, opener) {
  controls.set("lower", "timeline");
  const button = root.closest(".streamlab-view")?.querySelector(`.streamlab-button.streamlab-${opener}`);
  if (button instanceof HTMLElement) button.focus();
}

/** @param {string} [name] */
const plain = (name = "") => name.replaceAll("`", "");

/**
 * The names beside one run: what it is, its outcome, and its lanes.
 *
 * @param {() => Store | undefined} run
 */
function createRow(run) {
  const name = h("strong");
  const outcome = h("span", { class: "outcome" });
  const lanes = createLaneNames({
    get lanes() {
      return run()?.lanes ?? [];
    },
  });
  const root = h("div", { class: "compared-run" }, h("div", { class: "compared-name" }, outcome, name), lanes.root);

  /**
   * @param {string} words
   * @param {Layout} layout
   */
  function update(words, layout) {
    root.style.height = `${layout.height}px`;
    setText(name, plain(words));
    name.title = plain(words); // long names are truncated on the screen
    const { verdict, state } = run()?.facts ?? {};
    setText(outcome, verdict ? `${OUTCOME_SIGNS[verdict.outcome]} ${verdict.outcome}` : state ? `… ${state}` : "comes next");
    outcome.dataset.outcome = verdict?.outcome ?? "";
    lanes.update(layout);
  }

  return { root, update };
}
