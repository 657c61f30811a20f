/**
 * Two runs on one axis: both have the same scale, so that equal moments are one above the other.
 */
import { canOrder, orderAxis, timeAxis, withEnd } from "../timeline/axis.js";

/** @typedef {import("../timeline/axis.js").Axis} Axis */
/** @typedef {import("../model/store.js").Store} Store */

/** How many times longer the axis gets if a run needs more. */
const GROWTH = 2;

export class PairedAxes {
  /** @type {"order" | "time"} */
  #wanted = "order";
  /** @type {Store[]} */
  #stores = [];
  /** What the axes were made of. */
  #made = "";
  /** @type {Axis[]} */
  #axes = [];
  /** The first run and the kind of the axes, and the end that they have for these. */
  #begun = "";
  #end = 0;

  get kind() {
    return this.hasOrder ? this.#wanted : "time";
  }

  /** Whether the events are few enough to be shown in order. */
  get hasOrder() {
    return this.#stores.every(canOrder);
  }

  /** @param {import("../timeline/viewport.js").Kind} kind */
  choose(kind) {
    this.#wanted = kind === "order" ? kind : "time";
  }

  /**
   * An axis for each run. They are made anew only after a batch, because that is costly.
   *
   * @param {Store[]} stores  at least one
   */
  of(stores) {
    this.#stores = stores;
    const { kind } = this;
    const runs = stores.map(({ facts, epoch, version }) => [facts.run?.id, epoch, version].join());
    const made = [kind, ...runs].join(" ");
    if (made !== this.#made) {
      this.#made = made;
      const axes = stores.map(kind === "order" ? orderAxis : timeAxis);
      const end = this.#reach(`${kind} ${stores[0].facts.run?.id}`, Math.max(...axes.map(({ high }) => high)));
      this.#axes = axes.map((axis) => withEnd(axis, end));
    }
    return this.#axes;
  }

  /**
   * The end of both axes. Runs that are done fit; while one goes on, the end moves in large steps.
   *
   * @param {string} begun
   * @param {number} needed
   */
  #reach(begun, needed) {
    const fresh = begun !== this.#begun;
    this.#begun = begun;
    if (fresh) this.#end = needed * (this.#stores.every(({ facts }) => facts.state === "done") ? 1 : GROWTH);
    while (this.#end < needed) this.#end *= GROWTH;
    return this.#end;
  }
}
