/**
 * Which view of a run the timeline shows, on which size, and which part of it is visible.
 */
import { canOrder, orderAxis, timeAxis, withEnd } from "./axis.js";
import { Scale, transformFor } from "./scale.js";
import { SteadyEnds } from "./steady-end.js";

/** @typedef {import("./axis.js").Axis} Axis */
/** @typedef {"order" | "time" | "bytes"} Kind  "bytes": sums of bytes against time */

/** The deepest zoom: the part of an axis that fills the width, in ns or in steps. */
export const MIN_RANGE = { time: 1e3, order: 4 };
/** Where a chunk is drawn that was painted after the end of the axis, as a part of the axis. */
const LATE = 0.995;

/**
 * What a viewport needs of a store, with the lanes that are drawn, and the time that it is now.
 *
 * @typedef {Pick<import("../model/store.js").Store, "facts" | "lanes" | "epoch" | "version">} Source
 */

export class Viewport {
  axis;
  width = 0;
  #height = 0;
  /** The view that the user wants. @type {Kind} */
  #wanted = "order";
  /** The run and the batch that the axis was made of. */
  #epoch = -1;
  #version = -1;
  #ends = new SteadyEnds();
  #store;
  #zoom;

  /**
   * @param {Source} store
   * @param {ReturnType<typeof import("./zoom.js").createZoom>} zoom
   */
  constructor(store, zoom) {
    this.#store = store;
    this.#zoom = zoom;
    this.axis = timeAxis(store);
  }

  get scale() {
    return new Scale(this.axis, this.width || 1, this.#zoom.transform);
  }

  /** Whether the events are few enough to be shown in order. */
  get hasOrder() {
    return canOrder(this.#store);
  }

  /** The view that is shown. */
  get kind() {
    return this.#wanted === "order" && !this.hasOrder ? "time" : this.#wanted;
  }

  /** @param {Kind} kind */
  choose(kind) {
    this.#wanted = kind;
  }

  /**
   * Adapt to new chunks, another run or another size. A zoomed view still shows the same part of
   * the axis while the axis grows.
   *
   * @param {number} width  0 if the timeline is not visible: the last size is kept
   * @param {number} height
   * @returns {{ resized: boolean, fresh: boolean }} fresh: another run, or another kind of axis
   */
  update(width, height) {
    const next = this.#nextAxis();
    const { low, high, kind } = next;
    const resized = width > 0 && (width !== this.width || height !== this.#height);
    const longer = low !== this.axis.low || high !== this.axis.high;
    const fresh = kind !== this.axis.kind || this.#store.epoch !== this.#epoch;
    const { visible } = this.scale;
    this.axis = next;
    this.#epoch = this.#store.epoch;
    if (resized) {
      this.width = width;
      this.#height = height;
    }
    if (this.width && (resized || longer || fresh)) {
      const whole = fresh || this.#zoom.transform.k === 1;
      this.#zoom.resize(this.width, Math.max(1, (high - low) / MIN_RANGE[kind]));
      this.#zoom.set(whole ? { k: 1, x: 0 } : transformFor(visible, next, this.width));
    }
    return { resized, fresh };
  }

  /** Move the visible part so that it contains a position. @param {number} position */
  scrollTo(position) {
    const { from, to } = this.scale.visible;
    if (position >= from && position <= to) return;
    const half = (to - from) / 2;
    this.#zoom.set(transformFor({ from: position - half, to: position + half }, this.axis, this.width));
  }

  /**
   * Return the axis for the latest batch. In order of events it is kept until the next batch,
   * because it is costly to make; an axis of time grows between two batches too.
   */
  #nextAxis() {
    const store = this.#store;
    const kind = this.kind === "order" ? "order" : "time";
    if (this.#version === store.version && kind === "order" && this.axis.kind === "order") return this.axis;
    this.#version = store.version;
    const axis = kind === "order" ? orderAxis(store) : timeAxis(store);
    const end = this.#ends.reach(store, kind, axis.high);
    return withinEnd(withEnd(axis, end), store);
  }
}

/**
 * What the browser has painted after the end of the axis is drawn at its end.
 *
 * @param {Axis} axis
 * @param {Pick<Source, "lanes">} store
 * @returns {Axis}
 */
function withinEnd(axis, { lanes }) {
  const last = axis.high * LATE;
  const columns = axis.columns.map((column, index) => {
    const { browser, length } = lanes[index];
    return browser && column[length - 1] > last ? column.map((at) => Math.min(at, last)) : column;
  });
  return { ...axis, columns };
}
