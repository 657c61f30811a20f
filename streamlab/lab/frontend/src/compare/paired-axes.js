/**
 * Two runs on one axis: both have the same scale, so that equal moments are one above the other.
 */
import { canOrder, orderAxis, timeAxis } from "../timeline/axis.js";

/** @typedef {import("../timeline/axis.js").Axis} Axis */
/** @typedef {import("../model/store.js").Store} Store */

export class PairedAxes {
  /** The axis that the user wants. @type {Axis["kind"]} */
  wanted = "order";
  #made = "";
  /** @type {Axis[]} */
  #axes = [];

  /**
   * An axis for each run. They are made anew only after a batch, because that is costly.
   *
   * @param {Store[]} stores
   */
  of(stores) {
    const kind = this.hasChoice(stores) ? this.wanted : "time";
    const made = [kind, ...stores.map((store) => `${store.facts.run?.id}.${store.epoch}.${store.version}`)].join();
    if (made !== this.#made) {
      this.#made = made;
      this.#axes = united(stores.map(kind === "order" ? orderAxis : timeAxis));
    }
    return this.#axes;
  }

  /** Whether the user can choose the axis. @param {Store[]} stores */
  hasChoice(stores) {
    return stores.every(canOrder);
  }
}

/**
 * The same axes with one begin and one end.
 *
 * @param {Axis[]} axes
 */
export function united(axes) {
  const low = Math.min(...axes.map((axis) => axis.low));
  const high = Math.max(...axes.map((axis) => axis.high));
  return axes.map((axis) => ({ ...axis, low, high }));
}
