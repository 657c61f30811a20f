/**
 * What the drawings say in words, for those who do not see them and for all who want it short.
 */
import { count } from "./format.js";

/** @typedef {import("../model/store.js").Store} Store */

/** A sign and a word for each outcome, so that no colour is needed to tell them apart. */
export const OUTCOME_SIGNS = {
  streamed: "✓",
  buffered: "▣",
  truncated: "✂",
  failed: "✖",
  stopped: "■",
  empty: "∅",
  inconclusive: "?",
};

/** Why bytes are not followed to a lane. */
export const RECODED = "other bytes from here on: matched by time";
export const ELSEWHERE = "went to another client";

/** Told by the band above the lanes, hence not once more below them. */
const TOLD_BY_BAND = new Set(["context pushed", "context popped"]);

/**
 * The events that have a mark on the timeline.
 *
 * @param {import("../model/protocol.js").EventMark[]} events
 */
export function marked(events) {
  return events.filter(([, kind]) => !TOLD_BY_BAND.has(kind));
}

/** What a run goes by where nobody chose otherwise; only what differs is told. */
const USUAL_SERVER = "werkzeug";

/**
 * A run in one line: which it was, and under which conditions.
 *
 * @param {import("../model/protocol.js").Run} run
 */
export function caption(run) {
  const { id, method, path, stream_with_context, pace, middleware = [], server, external } = run;
  return [
    `run ${id}`,
    `${method} ${path}`,
    external && "from another client",
    !stream_with_context && "without stream_with_context",
    ...middleware,
    server !== USUAL_SERVER && server,
    pace === "step" ? "step by step" : pace !== null && `${pace} s`,
  ]
    .filter(Boolean)
    .join(" · ");
}

const STATE_WORDS = {
  idle: "nothing ran yet",
  running: "running",
  waiting: "waiting for the next step",
  done: "done",
};

/**
 * Whether a request context was active when the last chunk was made; before the first chunk,
 * whether one is active now.
 *
 * @param {Pick<Store, "facts" | "lanes">} store
 */
export function contextActive({ facts, lanes }) {
  const first = lanes.find((lane) => lane.length > 0);
  const moment = first ? first.lastTime : facts.now;
  return facts.spans.some(([start, end]) => start <= moment && (end === null || moment <= end));
}

/**
 * The timeline in one sentence.
 *
 * @param {Pick<Store, "facts" | "lanes">} store
 */
export function summary({ facts, lanes }) {
  const passed = lanes.map((lane) => `${lane.name} ${count(lane.chunks, "chunk")}`).join(", ");
  if (facts.state === "idle") return `${passed}; ${STATE_WORDS.idle}`;
  const context = contextActive({ facts, lanes }) ? "context active" : "context not active";
  return [passed, context, facts.verdict?.outcome ?? STATE_WORDS[facts.state]].join("; ");
}

/**
 * How many chunks a lane has seen, short enough for the margin.
 *
 * @param {import("../model/lane.js").Lane} lane
 */
export function tally(lane) {
  if (!lane.chunks) return "–";
  return (lane.chunks < LARGE ? EXACT : COMPACT).format(lane.chunks);
}

const LARGE = 1_000_000;
const EXACT = new Intl.NumberFormat("en");
const COMPACT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
