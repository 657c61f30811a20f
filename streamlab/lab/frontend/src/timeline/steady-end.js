/**
 * The ends of the axes of a run. An axis must not change its scale with each chunk, so its end is
 * estimated when the run begins. If the run gets longer, the end moves in large steps. When the run
 * is done, the end stays where it is.
 */

/** @typedef {import("../model/store.js").Store} Store */
/** @typedef {"time" | "order"} Kind */

/** How many times longer an axis gets in one step. */
const GROWTH = { time: 2, order: 1.5 };
/** The first end of an axis if nothing is known of the run: 200 ms, or 32 events. */
const UNKNOWN = { time: 2e8, order: 32 };
/** A paced run whose length is not known: the end in paces. */
const PACES = 4;
/** One press of `Next chunk`, in ns. */
const PRESS = 1e9;
/** A run that needs less, because it failed or was stopped, makes the next axis shorter by this at most. */
const SHRINK = 0.8;
/** So many earlier requests are remembered. */
const MAX_KNOWN = 50;

/** @typedef {Partial<Record<Kind | "chunks", number>>} Needs  what a run needed, and its chunks */

export class SteadyEnds {
  /** @type {Record<Kind, number>} */
  #ends = { time: 0, order: 0 };
  #epoch = -1;
  /** Whether the run has shown a chunk. */
  #begun = false;
  #key = "";
  /** What the run needs, once it is done. @type {Needs} */
  #needs = {};
  /** What earlier runs needed, by request. @type {Map<string, Needs>} */
  #known = new Map();

  /**
   * The end of an axis: at least `needed`.
   *
   * @param {Pick<Store, "facts" | "lanes" | "epoch">} store
   * @param {Kind} kind
   * @param {number} needed
   */
  reach(store, kind, needed) {
    const { facts, lanes, epoch } = store;
    if (epoch !== this.#epoch) {
      this.#remember();
      this.#epoch = epoch;
      this.#begun = false;
      this.#key = JSON.stringify([facts.run?.path, facts.run?.lanes]);
      this.#needs = {};
      this.#ends = { time: this.#estimate(store, "time"), order: this.#estimate(store, "order") };
    }
    const done = facts.state === "done";
    if (!this.#begun && lanes.some(({ length }) => length)) {
      this.#begun = true;
      // Nothing was drawn yet, so the axis of a run that is over can fit.
      if (done) this.#ends = { time: 0, order: 0 };
    }
    this.#ends[kind] ||= needed;
    while (this.#ends[kind] < needed) this.#ends[kind] *= GROWTH[kind];
    if (done && this.#begun) {
      this.#needs.chunks = Math.max(...lanes.map((lane) => lane.chunks));
      // The length of a run with a pace says nothing about one without.
      if (kind === "order" || facts.run?.pace === null) this.#needs[kind] = needed;
    }
    return this.#ends[kind];
  }

  /**
   * @param {Pick<Store, "facts">} store
   * @param {Kind} kind
   */
  #estimate({ facts }, kind) {
    const known = this.#known.get(this.#key);
    const pace = facts.run?.pace ?? null;
    if (kind === "order" || pace === null) return known?.[kind] ?? UNKNOWN[kind];
    const one = pace === "step" ? PRESS : pace * 1e9;
    return one * (known?.chunks ? known.chunks + 0.5 : PACES);
  }

  #remember() {
    const known = this.#known.get(this.#key) ?? {};
    const needs = Object.entries(this.#needs).map(([name, value]) => {
      const before = known[/** @type {Kind} */ (name)] ?? 0;
      return [name, Math.max(value, before * SHRINK)];
    });
    if (!needs.length) return;
    this.#known.delete(this.#key);
    this.#known.set(this.#key, { ...known, ...Object.fromEntries(needs) });
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_KNOWN) this.#known.delete(oldest);
  }
}
