/**
 * The timeline: lanes against time, with the request context above them.
 */
import { bisectLeft, bisectRight } from "../model/bisect.js";
import { bytesOf } from "../model/selected-bytes.js";
import { MOST_MARKS, drawScene, eventWords, inSight, windowsOf } from "./scene.js";
import { h, pane, setText } from "../panes/dom.js";
import * as geometry from "./geometry.js";
import { heldWords } from "./held-areas.js";
import { marked, summary, tally } from "../text/labels.js";
import { readPalette } from "./palette.js";
import { Scale, canOrder, orderAxis, timeAxis, transformFor } from "./scale.js";
import { chunkTip, crowdTip } from "./tooltip-text.js";
import { createZoom } from "./zoom.js";

/** A mark is pointed at from so near, in px. */
const REACH = 9;
/** The deepest zoom: so much of an axis fills the width. */
const NARROWEST = { time: 1e3, order: 4 };
const KEYS_HELP = "← → move, + − zoom, 0 shows all, Shift ← → picks a chunk";

/**
 * @param {import("../model/store.js").Store} store
 * @param {import("../model/selected-bytes.js").Cursor} cursor
 * @param {() => void} redraw  asks for a frame
 * @param {AbortSignal} signal
 */
export function createTimeline(store, cursor, redraw, signal) {
  const names = h("div", { class: "lanes", "aria-hidden": "true" });
  const canvas = h("canvas", {
    class: "canvas",
    role: "img",
    tabindex: "0",
  });
  const tip = h("div", { class: "tip", hidden: "" });
  const invitation = h(
    "p",
    { class: "invitation" },
    h("span", {}, "Every chunk will be drawn here, on each lane it passes."),
  );
  const stage = h("div", { class: "stage" }, canvas, invitation, tip);
  const axisButton = h("button", { type: "button", class: "axis" });
  const help = h("span", { class: "aside keys" }, KEYS_HELP);
  const root = pane(
    "timeline",
    [help, axisButton],
    h("div", { class: "chart" }, names, stage),
  );
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));

  /** The learner's choice of an axis; until there is one, the pace decides. */
  let chosen = /** @type {"time" | "order" | null} */ (null);
  let axis = timeAxis(store);
  let transform = { k: 1, x: 0 };
  let size = { width: 0, height: 0 };
  let laneNames = "";
  /** What the axis was made from. */
  let { epoch, version } = { epoch: -1, version: -1 };
  /** The chunk picked by keyboard or pointer. */
  let picked = /** @type {{ lane: number, row: number } | null} */ (null);
  const zooming = createZoom(canvas, moved, signal);

  function moved() {
    ({ k: transform.k, x: transform.x } = zooming.transform);
    redraw();
  }

  function kind() {
    if (!canOrder(store)) return "time";
    return chosen ?? (store.facts.run?.pace === "step" ? "order" : "time");
  }

  /** The axis as it is now; made anew only when something came. */
  function currentAxis() {
    const wanted = kind();
    if (version === store.version && wanted === axis.kind) return axis;
    version = store.version;
    return wanted === "order" ? orderAxis(store) : timeAxis(store);
  }

  /** Take the store's news in: another axis, another length, other lanes. */
  function layOut() {
    const next = currentAxis();
    const width = stage.clientWidth;
    const height = geometry.heightFor(store.lanes.length);
    // No width: out of the page or of sight, and drawn anew when it is back.
    const resized = width > 0 && (width !== size.width || height !== size.height);
    const longer = next.low !== axis.low || next.high !== axis.high;
    const fresh = next.kind !== axis.kind || store.epoch !== epoch;
    const { sight } = new Scale(axis, size.width || 1, transform);
    axis = next;
    epoch = store.epoch;
    if (resized) resize(width, height);
    if (fresh) picked = null;
    if (!size.width || !(resized || longer || fresh)) return;
    zooming.resize(size.width, height, Math.max(1, (axis.high - axis.low) / NARROWEST[axis.kind]));
    // Zoomed in, what is in sight stays in sight while the axis grows.
    zooming.set(fresh || transform.k === 1 ? { k: 1, x: 0 } : transformFor(sight, axis, size.width));
  }

  /**
   * @param {number} width
   * @param {number} height
   */
  function resize(width, height) {
    size = { width, height };
    const ratio = devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.height = `${height}px`;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  function nameLanes() {
    const wanted = store.lanes.map((lane) => lane.name).join();
    if (wanted !== laneNames) {
      laneNames = wanted;
      names.replaceChildren(
        row("request context", geometry.BAND_HEIGHT, "band-name"),
        ...store.lanes.map((lane) => row(lane.name, geometry.LANE_HEIGHT, "lane-name")),
        row("events", geometry.EVENTS_HEIGHT, "band-name"),
      );
    }
    store.lanes.forEach((lane, index) => {
      const counter = names.children[index + 1].lastElementChild;
      if (counter) setText(counter, tally(lane));
    });
  }

  /**
   * @param {string} name
   * @param {number} height
   * @param {string} kindOfRow
   */
  function row(name, height, kindOfRow) {
    const counter = h("span", { class: "tally" });
    const element = h("div", { class: kindOfRow, title: name }, h("span", {}, name), counter);
    element.style.height = `${height}px`;
    return element;
  }

  function update() {
    layOut();
    nameLanes();
    const label = summary(store);
    if (canvas.getAttribute("aria-label") !== label) canvas.setAttribute("aria-label", label);
    setText(axisButton, `Axis: ${axis.kind}`);
    axisButton.disabled = !canOrder(store);
    axisButton.title = axisButton.disabled
      ? "Too many chunks to put them in order one by one."
      : "Order gives every event a place of its own; time is the clock.";
    invitation.hidden = store.facts.state !== "idle";
    if (!size.width) return;
    drawScene(scene());
    showTip();
  }

  /** @returns {import("./scene.js").Scene} */
  function scene() {
    const scale = new Scale(axis, size.width, transform);
    const parts = { lanes: store.lanes, axis, scale };
    return {
      ...parts,
      context,
      facts: store.facts,
      windows: windowsOf(parts),
      palette: readPalette(root),
      cursor: cursor.bytes,
    };
  }

  /**
   * The rows at a pixel of a lane: the nearest mark, or all in the column where they are many.
   *
   * @param {number} lane
   * @param {number} x
   */
  function rowsAt(lane, x) {
    const { scale, windows } = scene();
    const [from, to] = windows[lane];
    const column = axis.columns[lane];
    const crowd = inSight(windows) > MOST_MARKS;
    const reach = crowd ? 0.5 : REACH;
    const first = bisectLeft(column, scale.toPosition(x - reach), from, to);
    const last = bisectRight(column, scale.toPosition(x + reach), from, to);
    if (first >= last) return null;
    if (crowd && last - first > 1) return { first, last };
    const distance = (/** @type {number} */ r) => Math.abs(scale.toPixel(column[r]) - x);
    let nearest = first;
    for (let r = first; r < last; r++) if (distance(r) < distance(nearest)) nearest = r;
    return { first: nearest, last: nearest + 1 };
  }

  /** @param {PointerEvent} event */
  function point({ offsetX, offsetY }) {
    tip.removeAttribute("aria-live");
    const lane = geometry.laneAt(offsetY, store.lanes.length);
    const rows = lane < 0 ? null : rowsAt(lane, offsetX);
    if (!rows) {
      const event = lane < 0 ? eventAt(offsetX, offsetY) : undefined;
      const words = event ? eventWords(event) : heldWords(scene(), geometry.laneAbove(offsetY), offsetX);
      unpick();
      if (words) place([h("span", {}, words)], offsetX, offsetY);
    } else if (rows.last - rows.first > 1) {
      unpick();
      place(crowdTip(store, lane, rows.first, rows.last), offsetX, geometry.middleOf(lane));
    } else {
      pick(lane, rows.first);
    }
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  function eventAt(x, y) {
    if (y < geometry.eventsTop(store.lanes.length)) return undefined;
    const scale = new Scale(axis, size.width, transform);
    return marked(store.facts.events).find(([time]) => Math.abs(scale.toPixel(axis.of(time)) - x) < REACH);
  }

  /**
   * @param {number} lane
   * @param {number} chunk
   */
  function pick(lane, chunk) {
    picked = { lane, row: chunk };
    cursor.set(bytesOf(store.lanes[lane], chunk));
    redraw();
  }

  function unpick() {
    picked = null;
    tip.hidden = true;
    cursor.set(null);
  }

  function showTip() {
    if (!picked) return;
    const x = new Scale(axis, size.width, transform).toPixel(axis.columns[picked.lane][picked.row]);
    place(chunkTip(store, picked.lane, picked.row), x, geometry.middleOf(picked.lane));
  }

  /**
   * @param {Node[]} content
   * @param {number} x
   * @param {number} y
   */
  function place(content, x, y) {
    const fresh = h("div", {}, ...content);
    // The same words again would be announced again.
    if (fresh.textContent !== tip.textContent) tip.replaceChildren(...fresh.childNodes);
    tip.hidden = false;
    const left = Math.max(0, Math.min(x + 12, size.width - tip.offsetWidth));
    // Beside the mark where there is room, else above it: never over it.
    const beside = x + 12 + tip.offsetWidth <= size.width;
    const top = beside ? y + 10 : y - tip.offsetHeight - 14;
    tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }

  /**
   * The next or previous chunk of the picked one's lane, brought into sight.
   *
   * @param {number} step
   */
  function pickNext(step) {
    const lane = picked?.lane ?? store.lanes.findIndex(({ length }) => length > 0);
    if (lane < 0) return;
    const last = store.lanes[lane].length - 1;
    const start = step > 0 ? -1 : last + 1;
    const chunk = Math.max(0, Math.min(last, (picked?.row ?? start) + step));
    const at = axis.columns[lane][chunk];
    const { from, to } = new Scale(axis, size.width, transform).sight;
    if (at < from || at > to) {
      const half = (to - from) / 2;
      zooming.set(transformFor({ from: at - half, to: at + half }, axis, size.width));
    }
    pick(lane, chunk);
  }

  canvas.addEventListener("pointermove", point, { signal });
  canvas.addEventListener("pointerleave", unpick, { signal });
  canvas.addEventListener("blur", unpick, { signal });
  canvas.addEventListener(
    "keydown",
    (event) => {
      const steps = /** @type {Record<string, number>} */ ({ ArrowLeft: -1, ArrowRight: 1 });
      if (event.key === "Escape") unpick();
      if (!event.shiftKey || !(event.key in steps)) return;
      event.preventDefault();
      event.stopPropagation();
      tip.setAttribute("aria-live", "polite");
      pickNext(steps[event.key]);
    },
    { signal },
  );
  axisButton.addEventListener(
    "click",
    () => {
      chosen = axis.kind === "order" ? "time" : "order";
      redraw();
    },
    { signal },
  );
  const observer = new ResizeObserver(redraw);
  observer.observe(stage);
  signal.addEventListener("abort", () => observer.disconnect());

  return { root, update };
}
