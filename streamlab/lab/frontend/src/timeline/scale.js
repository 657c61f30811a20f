/**
 * From positions on an axis to pixels, and back.
 */

/** @typedef {import("./axis.js").Axis} Axis */

/** An axis over a width in pixels, zoomed by `k` and moved by `x` pixels. */
export class Scale {
  /**
   * @param {Pick<Axis, "low" | "high">} axis
   * @param {number} width
   * @param {{ k: number, x: number }} transform
   */
  constructor({ low, high }, width, { k, x }) {
    this.width = width;
    this.#low = low;
    this.#perPixel = (high - low) / (width * k);
    this.#shift = x;
  }

  #low;
  #perPixel;
  #shift;

  /** @param {number} position */
  toPixel(position) {
    return this.#shift + (position - this.#low) / this.#perPixel;
  }

  /** @param {number} pixel */
  toPosition(pixel) {
    return this.#low + (pixel - this.#shift) * this.#perPixel;
  }

  /** The visible part of the axis. */
  get visible() {
    return { from: this.toPosition(0), to: this.toPosition(this.width) };
  }
}

/**
 * The zoom that shows the same part of the axis on another axis or width.
 *
 * @param {{ from: number, to: number }} visible
 * @param {Pick<Axis, "low" | "high">} axis
 * @param {number} width
 */
export function transformFor({ from, to }, { low, high }, width) {
  const k = Math.max(1, (high - low) / (to - from));
  const x = -((from - low) / (high - low)) * width * k;
  return { k, x: Math.min(0, Math.max(width * (1 - k), x)) };
}
