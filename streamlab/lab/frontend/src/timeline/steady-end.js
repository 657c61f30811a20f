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
/** So many earlier requests are remembered. */
const MAX_KNOWN = 50;

export class SteadyEnds {
  /** @type {Record<Kind, number>} */
  #ends = { time: 0, order: 0 };
  #epoch = -1;
  /** Whether the run has shown a chunk. */
  #begun = false;
  /** What earlier runs needed. @type {Map<string, { chunks: number, ends: Partial<Record<Kind, number>> }>} */
  #known = new Map();

  /**
   * The end of an axis: at least `needed`.
   *
   * @param {Pick<Store, "facts" | "lanes" | "epoch">} store
   * @param {Kind} kind
   * @param {number} needed
   */
  reach(store, kind, needed) {
    if (store.epoch !== this.#epoch) {
      this.#epoch = store.epoch;
      this.#begun = false;
      this.#ends = { time: this.#estimate(store, "time"), order: this.#estimate(store, "order") };
    }
    const done = store.facts.state === "done";
    if (!this.#begun && store.lanes.some(({ length }) => length)) {
      this.#begun = true;
      // Nothing was drawn yet, so the axis of a run that is over can fit.
      if (done) this.#ends = { time: 0, order: 0 };
    }
    this.#ends[kind] ||= needed;
    while (this.#ends[kind] < needed) this.#ends[kind] *= GROWTH[kind];
    if (done) this.#remember(store, kind, needed);
    return this.#ends[kind];
  }

  /**
   * @param {Pick<Store, "facts" | "lanes">} store
   * @param {Kind} kind
   */
  #estimate({ facts }, kind) {
    const known = this.#known.get(keyOf(facts));
    const pace = facts.run?.pace ?? null;
    if (kind === "order" || pace === null) return known?.ends[kind] ?? UNKNOWN[kind];
    const one = pace === "step" ? PRESS : pace * 1e9;
    return one * (known ? known.chunks + 0.5 : PACES);
  }

  /**
   * @param {Pick<Store, "facts" | "lanes">} store
   * @param {Kind} kind
   * @param {number} needed
   */
  #remember({ facts, lanes }, kind, needed) {
    const key = keyOf(facts);
    const { ends } = this.#known.get(key) ?? { ends: {} };
    const chunks = Math.max(0, ...lanes.map((lane) => lane.chunks));
    // The length of a run with a pace says nothing about one without.
    const own = kind === "time" && facts.run?.pace !== null ? {} : { [kind]: needed };
    this.#known.delete(key);
    this.#known.set(key, { chunks, ends: { ...ends, ...own } });
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_KNOWN) this.#known.delete(oldest);
  }
}

/** What runs have in common that need about the same axis. @param {Store["facts"]} facts */
function keyOf({ run }) {
  return JSON.stringify([run?.path, run?.lanes]);
}
