/**
 * Short texts for outcomes, runs and the timeline, for the screen and for screen readers.
 */
import { sourceLane } from "../model/lane.js";
import { count } from "./format.js";

/** @typedef {import("../model/store.js").Store} Store */

/** A sign for each outcome, so that colour is not the only difference. */
export const OUTCOME_SIGNS = {
  streamed: "✓",
  buffered: "▣",
  truncated: "✂",
  failed: "✖",
  stopped: "■",
  empty: "∅",
  inconclusive: "?",
};

export const RECODED = "the bytes differ from here on: matched by time";
export const OTHER_CLIENT = "sent to another client";

/** The band above the lanes shows these, so they have no mark. */
const IN_CONTEXT_BAND = new Set(["context pushed", "context popped"]);

/**
 * The events that have a mark on the timeline.
 *
 * @param {import("../model/protocol.js").EventMark[]} events
 */
export function marked(events) {
  return events.filter(([, kind]) => !IN_CONTEXT_BAND.has(kind));
}

/** The default server. The caption names only what differs from the defaults. */
const USUAL_SERVER = "werkzeug";

/**
 * A run in one line: its number, its request and its settings.
 *
 * @param {import("../model/protocol.js").Run} run
 */
export function caption(run) {
  const { id, method, path, stream_with_context, pace, middleware, server, external } = run;
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
  idle: "not started",
  running: "running",
  waiting: "waiting for Next chunk",
  done: "done",
};

/**
 * Whether a request context was active when the last chunk was made; before the first chunk,
 * whether one is active now.
 *
 * @param {Pick<Store, "facts" | "lanes">} store
 */
export function contextActive({ facts, lanes }) {
  const first = sourceLane(lanes);
  const moment = first ? first.lastTime : facts.now;
  return facts.spans.some(([start, end]) => start <= moment && (end === null || moment <= end));
}

/**
 * The timeline in one sentence, for screen readers.
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
 * The number of chunks of a lane, short enough for the margin.
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
