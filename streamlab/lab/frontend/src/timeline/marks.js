/**
 * The marks below the lanes: events, and what the app has printed.
 */
import { marked } from "../text/labels.js";

/** @typedef {import("../model/store.js").Store["facts"]} Facts */
/** @typedef {"event" | "print" | "stderr" | "problem" | "break"} Shape */
/**
 * @typedef Mark
 * @property {number} time
 * @property {string} kind
 * @property {string} text
 * @property {Shape} shape
 */

/** The shape of each mark as a character, and what it means. @type {Record<Shape, [string, string]>} */
export const SHAPES = {
  event: ["◆", "event"],
  print: ["■", "printed"],
  stderr: ["□", "printed to stderr"],
  problem: ["▲", "warning"],
  break: ["✖", "error"],
};

/** Events with another shape. */
const SPECIAL = /** @type {Record<string, Shape>} */ ({
  exception: "break",
  "client cut off": "break",
  "client left": "problem",
  warning: "problem",
});

/** The lists stay the same objects until something new arrives. */
const known = /** @type {WeakMap<object, { output: object, marks: Mark[] }>} */ (new WeakMap());

/**
 * The marks of a run, in the order of time.
 *
 * @param {Pick<Facts, "events" | "output">} facts
 * @returns {Mark[]}
 */
export function marksOf({ events, output }) {
  const before = known.get(events);
  if (before?.output === output) return before.marks;
  const marks = [
    ...marked(events).map(([time, kind, text]) => ({ time, kind, text, shape: SPECIAL[kind] ?? "event" })),
    ...output.map(([time, text, stream]) => {
      const shape = /** @type {Shape} */ (stream === "stderr" ? "stderr" : "print");
      return { time, kind: SHAPES[shape][1], text, shape };
    }),
  ].sort((a, b) => a.time - b.time);
  known.set(events, { output, marks });
  return marks;
}
