/**
 * Which axis the timeline shows, on which size, and which part of it is visible.
 */
import { canOrder, orderAxis, timeAxis } from "./axis.js";
import { Scale, transformFor } from "./scale.js";

/** The deepest zoom: the part of an axis that fills the width, in ns or in steps. */
const MIN_RANGE = { time: 1e3, order: 4 };

export class Viewport {
  axis;
  width = 0;
  #height = 0;
  /** The axis that the user wants. @type {"time" | "order"} */
  #wanted = "order";
  /** The run and the batch that the axis was made of. */
  #epoch = -1;
  #version = -1;
  #store;
  #zoom;

  /**
   * @param {import("../model/store.js").Store} store
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

  /** Whether the user can choose the axis. */
  get hasChoice() {
    return canOrder(this.#store);
  }

  toggleAxis() {
    this.#wanted = this.#wanted === "order" ? "time" : "order";
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
   * Return the axis for the latest batch. It is kept until the next batch, because it is costly to
   * make.
   */
  #nextAxis() {
    const store = this.#store;
    const kind = this.hasChoice ? this.#wanted : "time";
    if (this.#version === store.version && kind === this.axis.kind) return this.axis;
    this.#version = store.version;
    return kind === "order" ? orderAxis(store) : timeAxis(store);
  }
}
