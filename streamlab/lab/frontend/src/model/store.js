/**
 * All that the view knows of the current run. There is one store a model, so that a view rendered
 * later, or twice, shows the same.
 *
 * Messages can be lost: those sent before this module was loaded, and any after a page reload.
 * So batches are numbered, and at a gap the store asks for a snapshot.
 */
import { bytesOf, decodeRows, extended } from "./decode-batch.js";
import { Lane } from "./lane.js";

/** @typedef {import("./protocol.js").Batch} Batch */

/** Before anything ran, the way of a chunk is shown with nothing on it. */
export const USUAL_LANES = ["generator", "app", "server", "client"];
/** After so long without an answer, in ms, a snapshot is asked for again: the request may be lost. */
const PATIENCE = 2000;

/** Everything but the chunks: what the last batch said. */
const NOTHING_YET = {
  run: /** @type {import("./protocol.js").Run | null} */ (null),
  sources: /** @type {import("./protocol.js").Source[]} */ ([]),
  at: /** @type {import("./protocol.js").Location | null} */ (null),
  error_line: /** @type {import("./protocol.js").Location | null} */ (null),
  spans: /** @type {import("./protocol.js").Span[]} */ ([]),
  events: /** @type {import("./protocol.js").EventMark[]} */ ([]),
  now: 0,
  state: /** @type {import("./protocol.js").State} */ ("idle"),
  status: "",
  verdict: /** @type {import("./protocol.js").Verdict | null} */ (null),
  http: /** @type {import("./protocol.js").HttpHead | null} */ (null),
  error: /** @type {import("./protocol.js").Failure | null} */ (null),
  page_size: 0,
};

/** A sequence number is missing, or rows or bytes do not join on to what is there. */
export class Gap extends Error {}

export class Store {
  facts = NOTHING_YET;
  lanes = USUAL_LANES.map((name) => new Lane(name));
  /** The body's head as it left the generator. */
  body = new Uint8Array(0);
  /** Its tail, where the middle was not kept, and the offset at which that begins. */
  tail = new Uint8Array(0);
  tailStart = Infinity;
  /** What a browser has got so far, decoded as it would; its head. */
  page = new Uint8Array(0);
  /** The kernel's end of the line is closed. */
  gone = false;
  /** Rises with each reset, so that a pane knows that its rows are another run's. */
  epoch = 0;
  /** Rises with each batch. */
  version = 0;

  /** @type {number | null} null: only a snapshot will do */
  #seq = null;
  #askedAt = -Infinity;
  /** @type {Set<() => void>} */
  #listeners = new Set();
  #ask;
  #clock;

  /**
   * @param {() => void} ask  sends the request for a snapshot
   * @param {() => number} clock  milliseconds
   */
  constructor(ask, clock = () => performance.now()) {
    this.#ask = ask;
    this.#clock = clock;
  }

  /** Ask for all that is known, unless that was done just now. */
  resync() {
    this.#seq = null;
    const now = this.#clock();
    if (now - this.#askedAt < PATIENCE) return;
    this.#askedAt = now;
    this.#ask();
  }

  /**
   * @param {() => void} listener  called after each batch
   * @param {AbortSignal} signal
   */
  subscribe(listener, signal) {
    this.#listeners.add(listener);
    signal.addEventListener("abort", () => this.#listeners.delete(listener));
  }

  /**
   * @param {Batch} batch
   * @param {DataView[]} buffers
   */
  receive(batch, buffers) {
    try {
      this.#apply(batch, buffers);
    } catch (error) {
      if (!(error instanceof Gap || error instanceof RangeError)) throw error;
      this.resync();
      return;
    }
    this.#notify();
  }

  /**
   * @param {Batch} batch
   * @param {DataView[]} buffers
   */
  #apply(batch, buffers) {
    if (!batch.reset && (this.#seq === null || batch.seq !== this.#seq + 1)) {
      throw new Gap(`batch ${batch.seq} came after ${this.#seq}`);
    }
    const rows = decodeRows(batch, buffers);
    if (batch.reset) {
      this.#forget(batch);
      this.#askedAt = -Infinity;
    }
    for (const { lane, start, values } of rows) {
      if (!(start <= this.lanes[lane]?.length)) throw new Gap(`rows ${start}… of lane ${lane}`);
      this.lanes[lane].write(start, values);
    }
    this.body = extended(this.body, batch.body, buffers[1]);
    this.page = extended(this.page, batch.page, buffers[2]);
    if (batch.tail) {
      [this.tailStart] = batch.tail;
      this.tail = bytesOf(buffers[3]);
    }
    this.#describeLanes(batch);
    this.gone = false;
    const { run, at, error_line, now, state, status, verdict, http, error, page_size = 0 } = batch;
    const { sources, spans, events } = { ...this.facts, ...present(batch) };
    this.facts = {
      ...{ run, at, error_line, now, state, status, verdict, http, error, page_size },
      ...{ sources, spans, events },
    };
    this.#seq = batch.seq;
    this.version++;
  }

  /** @param {Batch} batch */
  #forget(batch) {
    this.facts = NOTHING_YET;
    this.lanes = batch.run.lanes.map((name) => new Lane(name));
    this.body = this.page = new Uint8Array(0);
    this.tailStart = Infinity;
    this.epoch++;
  }

  /** @param {Batch} batch */
  #describeLanes({ run, totals = [], strides = [], recoded = [], heads = [], holders = [], send_confirmed }) {
    let coding = 0;
    this.lanes.forEach((lane, index) => {
      if (recoded.includes(lane.name)) coding++;
      lane.coding = coding;
      lane.chunks = totals[index] ?? lane.length;
      lane.stride = strides[index] ?? 1;
      lane.unseen = Boolean(run.external) && lane.name === "client";
      lane.head = heads[index] ?? 0;
      lane.holder = holders[index] ?? lane.name;
      lane.prompt = Boolean(send_confirmed) && lane.name === "client";
    });
  }

  /** The kernel's end is closed: say so until it is heard of again. */
  leave() {
    this.gone = true;
    this.#notify();
  }

  #notify() {
    for (const listener of this.#listeners) listener();
  }
}

/**
 * What is sent only when it changed, and is in this batch.
 *
 * @param {Batch} batch
 */
function present({ sources, spans, events }) {
  return { ...(sources && { sources }), ...(spans && { spans }), ...(events && { events }) };
}
