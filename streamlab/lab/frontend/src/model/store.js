/**
 * The state of the view: the current run as far as it was received. There is one store for each
 * model, so a view that is rendered later, or twice, shows the same.
 *
 * Messages can be lost: those sent before this module was loaded, and any after a page reload.
 * So batches are numbered, and the store asks for a snapshot when a number is missing.
 */
import { bytesOf, decodeRows, extended } from "./decode-batch.js";
import { Lane } from "./lane.js";
import { Link } from "./link.js";

/** @typedef {import("./protocol.js").Batch} Batch */

/** How long the kernel may take to answer, in ms. */
const ANSWER = 5000;

/** The lanes shown before the first run. */
export const USUAL_LANES = ["generator", "app", "server", "client"];

/** For so many runs it is kept when their page was painted. */
const MAX_PAGES = 30;

/** Everything but the chunks, as the last batch said. */
const NO_FACTS = {
  run: /** @type {import("./protocol.js").Run | null} */ (null),
  sources: /** @type {import("./protocol.js").SourceText[]} */ ([]),
  at: /** @type {import("./protocol.js").Location | null} */ (null),
  locals: /** @type {import("./protocol.js").Variable[]} */ ([]),
  error_line: /** @type {import("./protocol.js").Location | null} */ (null),
  spans: /** @type {import("./protocol.js").Span[]} */ ([]),
  events: /** @type {import("./protocol.js").EventMark[]} */ ([]),
  output: /** @type {import("./protocol.js").PrintedLine[]} */ ([]),
  now: 0,
  state: /** @type {import("./protocol.js").State} */ ("idle"),
  status: "",
  verdict: /** @type {import("./protocol.js").Verdict | null} */ (null),
  http: /** @type {import("./protocol.js").HttpHead | null} */ (null),
  wire: /** @type {import("./protocol.js").Wire | null} */ (null),
  error: /** @type {import("./protocol.js").Failure | null} */ (null),
  page_size: 0,
};

export class Store {
  facts = NO_FACTS;
  lanes = USUAL_LANES.map((name) => new Lane(name));
  /** The start of the body, as it was made. */
  body = new Uint8Array(0);
  /** The end of the body, if its middle is not kept, and the offset of that end. */
  tail = new Uint8Array(0);
  tailStart = Infinity;
  /** The start of what a browser has received and decoded. */
  page = new Uint8Array(0);
  /** The start of the response as the client received it, head and framing included. */
  raw = new Uint8Array(0);
  /** The end of it, if the middle is not kept, and the offset of that end. */
  rawTail = new Uint8Array(0);
  rawTailStart = Infinity;
  /** The connection to the kernel is closed. */
  gone = false;
  /** What the page pane has painted: a lane that only the view has. */
  painted = paintedLane();
  /** The same of each run, by its number. @type {Map<number | undefined, Lane>} */
  #pages = new Map();
  /** The kernel has not answered what the user has asked for. It is busy, or it restarted. */
  silent = false;
  /** Rises with each reset, so that a pane notices when its rows belong to another run. */
  epoch = 0;
  /** Rises with each batch. */
  version = 0;

  /** @type {number | null} null: only a snapshot is accepted */
  #seq = null;
  /** @type {Set<() => void>} */
  #listeners = new Set();
  #link;
  #schedule;
  /** Stop waiting for an answer. */
  #answered = () => {};
  #clock;
  /** When the latest batch was received, by the browser's clock in ms. */
  #receivedAt = 0;
  /** Whether the run was received while it was running. */
  #live = false;

  /**
   * @param {(message: import("./link.js").Message) => void} send  sends a message to the kernel
   * @param {import("./link.js").Schedule} schedule  by default nothing is sent again
   * @param {() => number} clock  in ms
   */
  constructor(send, schedule = () => () => {}, clock = () => performance.now()) {
    this.#clock = clock;
    this.#schedule = schedule;
    this.#link = new Link(send, schedule);
  }

  /** Expect a batch soon, because the user has asked for a run. */
  expect() {
    this.#answered();
    this.#answered = this.#schedule(() => {
      this.silent = true;
      this.#notify();
    }, ANSWER);
  }

  /** Ask for a snapshot. Until it arrives, batches are ignored. */
  resync() {
    this.#seq = null;
    this.#link.ask();
  }

  /** Send nothing more to the kernel. */
  close() {
    this.#answered();
    this.#link.close();
  }

  /** The lanes of the exchange, and that of the page if the view has painted it. */
  get lanesWithPage() {
    const known = this.#live || this.painted.length || this.facts.state === "idle";
    return known ? [...this.lanes, this.painted] : this.lanes;
  }

  /** Whether the run goes on. */
  get running() {
    const { state } = this.facts;
    return !this.gone && (state === "running" || state === "waiting");
  }

  /** The time that it is in the run, in ns: while it runs, the latest batch's plus what has passed since. */
  get now() {
    return this.facts.now + (this.running ? this.#sinceReceived : 0);
  }

  get #sinceReceived() {
    return Math.max(0, this.#clock() - this.#receivedAt) * 1e6;
  }

  /**
   * The page pane has painted some more of a run that was received while it was running.
   *
   * @param {number} bytes  how many are painted in all
   */
  paint(bytes) {
    if (!this.#live || bytes <= this.painted.bytes) return;
    const { length, lastTime } = this.painted;
    const time = Math.max(lastTime, this.facts.now + this.#sinceReceived);
    this.painted.write(length, Float64Array.of(time), Float64Array.of(bytes));
    this.painted.chunks++;
    this.version++;
    this.#notify();
  }

  /** The time of the last thing that happened, in ns. */
  get lastTime() {
    const events = this.facts.events.at(-1)?.[0] ?? 0;
    return Math.max(events, ...this.lanes.map((lane) => lane.lastTime));
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
    this.#answered();
    this.silent = false;
    try {
      this.#apply(batch, buffers);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.resync();
      return;
    }
    this.#link.acknowledge(batch.seq, batch.state === "running" || batch.state === "waiting");
    this.#notify();
  }

  /**
   * @param {Batch} batch
   * @param {DataView[]} buffers
   * @throws {RangeError} if a batch is missing, or if rows or bytes do not continue the known ones
   */
  #apply(batch, buffers) {
    if (!batch.reset && (this.#seq === null || batch.seq !== this.#seq + 1)) {
      throw new RangeError(`batch ${batch.seq} after ${this.#seq}`);
    }
    const rows = decodeRows(batch, buffers);
    if (batch.reset) this.#forget(batch);
    // Without a reset the lanes are those of the batch before.
    this.lanes.forEach((lane, index) => lane.merge(batch.strides[index]));
    for (const { lane, start, times, ends, locations } of rows) {
      if (!(start <= this.lanes[lane]?.length)) throw new RangeError(`row ${start} of lane ${lane}`);
      this.lanes[lane].write(start, times, ends, locations);
    }
    this.body = extended(this.body, batch.body, buffers[1]);
    this.page = extended(this.page, batch.page, buffers[2]);
    if (batch.tail) {
      [this.tailStart] = batch.tail;
      this.tail = bytesOf(buffers[3]);
    }
    this.raw = extended(this.raw, batch.raw, buffers[4]);
    if (batch.raw_tail) {
      [this.rawTailStart] = batch.raw_tail;
      this.rawTail = bytesOf(buffers[5]);
    }
    this.#describeLanes(batch);
    this.gone = false;
    const { events, output } = this.facts;
    // A list that has not changed is not in the batch: the known one is kept.
    this.facts = {
      ...this.facts,
      ...batch,
      events: extendedList(events, batch.events_from, batch.events),
      output: extendedList(output, batch.output_from, batch.output),
    };
    this.#receivedAt = this.#clock();
    this.#live ||= this.running;
    this.#seq = batch.seq;
    this.version++;
  }

  /** @param {Batch} batch */
  #forget(batch) {
    this.facts = NO_FACTS;
    this.lanes = batch.run.lanes.map((name) => new Lane(name));
    // A run that is shown again has the page that it had.
    const { id } = batch.run;
    this.painted = this.#pages.get(id) ?? paintedLane();
    this.#pages.delete(id);
    this.#pages.set(id, this.painted);
    const [oldest] = this.#pages.keys();
    if (this.#pages.size > MAX_PAGES) this.#pages.delete(oldest);
    this.#live = false;
    this.body = this.page = this.raw = new Uint8Array(0);
    this.tailStart = this.rawTailStart = Infinity;
    this.epoch++;
  }

  /** @param {Batch} batch */
  #describeLanes({ run, totals, recoded, heads, holders, send_confirmed }) {
    let coding = 0;
    this.lanes.forEach((lane, index) => {
      const isClient = lane.name === "client";
      if (recoded.includes(lane.name)) coding++;
      lane.coding = coding;
      lane.chunks = totals[index];
      lane.unseen = run.external && isClient;
      lane.head = heads[index];
      lane.holder = holders[index];
      lane.prompt = send_confirmed && isClient;
    });
    // A browser decodes what it receives.
    this.painted.coding = coding && coding + 1;
  }

  /** Show that the connection to the kernel is closed, until the next batch. */
  leave() {
    this.gone = true;
    this.close();
    this.#notify();
  }

  #notify() {
    for (const listener of this.#listeners) listener();
  }
}

/** A browser that paints late holds nothing: it has received the bytes. */
function paintedLane() {
  return Object.assign(new Lane("page"), { browser: true, prompt: true, holder: "browser" });
}

/**
 * The known items with new ones from an index on; the same list if there are none.
 *
 * @template T
 * @param {T[]} known
 * @param {number} start
 * @param {T[] | undefined} items
 */
function extendedList(known, start, items) {
  return items ? [...known.slice(0, start), ...items] : known;
}
