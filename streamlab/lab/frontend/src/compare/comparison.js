/**
 * Two runs, one above the other on one axis, and the difference between them in a sentence. It is
 * shown in the place of the timeline and the details. The other regions show the second run.
 */
import { Moment } from "../model/moment.js";
import { h, listen, pane, setText, withCode } from "../panes/dom.js";
import { OUTCOME_SIGNS, summary } from "../text/labels.js";
import { Layout } from "../timeline/geometry.js";
import { rowsAt } from "../timeline/hit-test.js";
import { createKinds } from "../timeline/kinds.js";
import { createLaneNames } from "../timeline/lane-names.js";
import { readPalette } from "../timeline/palette.js";
import { Scale } from "../timeline/scale.js";
import { drawScene, windowsOf } from "../timeline/scene.js";
import { resizeCanvas } from "../timeline/timeline.js";
import { createTooltip } from "../timeline/tooltip.js";
import { chunkTip } from "../timeline/tooltip-text.js";
import { MIN_RANGE } from "../timeline/viewport.js";
import { createZoom } from "../timeline/zoom.js";
import { PairedAxes } from "./paired-axes.js";

/** @typedef {import("../model/store.js").Store} Store */

/** The room for one run, and for the axis below both, in px. */
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
  const close = h("button", { class: "axis" }, "Close");
  const axes = new PairedAxes();
  const kinds = createKinds(axes, redraw, signal, 2);
  const rows = [0, 1].map((index) => createRow(() => storeOf(index)));
  const root = pane(
    "comparison",
    [h("span", { class: "aside" }), kinds.root, close],
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

  /** Both runs, and where each is drawn. */
  function places() {
    const first = place(0, 0);
    return [first, place(1, first.top + first.layout.height)];
  }

  /**
   * @param {number} index
   * @param {number} top
   */
  function place(index, top) {
    const run = storeOf(index);
    // The axis is written below the last run only.
    const axis = index ? AXIS : 0;
    return { index, top, run, layout: new Layout(run?.lanes.length ?? 4, ROOM + axis, { ...OTHERS, axis }) };
  }

  function update() {
    const { names = [], text = "" } = facts();
    const both = places();
    if (sentence.dataset.text !== text) {
      sentence.dataset.text = text;
      sentence.replaceChildren(...withCode(text || "The request is sent twice, one run after the other."));
    }
    for (const { index, layout } of both) rows[index].update(names[index] ?? "", layout);
    const label = both.map(({ index, run }) => `${plain(names[index])}: ${run ? summary(run) : "not started"}`).join(". ");
    if (canvas.ariaLabel !== label) canvas.ariaLabel = label;
    resize(both[1].top + both[1].layout.height);
    const stores = both.flatMap(({ run }) => run ?? []);
    if (!width || !stores.length) return;
    const [{ kind, low, high }] = axes.of(stores);
    kinds.update();
    const key = [kind, ...stores.map(({ epoch }) => epoch)].join();
    zoom.resize(width, Math.max(1, (high - low) / MIN_RANGE[kind]));
    if (key !== shown) zoom.set({ k: 1, x: 0 });
    shown = key;
    for (const { top, scene } of scenes()) {
      context.save();
      context.translate(0, top);
      drawScene(scene);
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
    const palette = readPalette(root);
    const runs = places().flatMap(({ run, ...rest }) => (run ? { run, ...rest } : []));
    const all = axes.of(runs.map(({ run }) => run));
    return runs.map(({ top, run, layout }, position) => {
      const { lanes, facts } = run;
      const axis = all[position];
      const scale = new Scale(axis, width, zoom.transform);
      const moment = run === store ? playhead.moment : new Moment(run);
      const windows = windowsOf({ lanes, axis, scale });
      const scene = { context, lanes, facts, axis, scale, layout, windows, palette, selected: selected.bytes, moment };
      return { top, run, scene };
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

  listen(canvas, { pointermove: point, pointerleave: () => tooltip.hide() }, signal);
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
  /** @type {HTMLElement | null | undefined} */ (
    root.closest(".streamlab-view")?.querySelector(`.streamlab-${opener}`)
  )?.focus();
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
