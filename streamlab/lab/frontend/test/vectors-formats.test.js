/** Formats of times, counts, texts and outcomes: the same as in Python. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { count, escaped, formatTime, tickFormat } from "../src/text/format.js";
import { OUTCOME_SIGNS, tally } from "../src/text/labels.js";
import { tickStep } from "../src/timeline/grid.js";
import { cases, lane } from "../fixtures/vectors.js";

/** @param {number} chunks */
const tallyOf = (chunks) => tally(lane("client", [], { chunks }));

/** @type {[string, string, string, (input: any) => unknown][]} */
const FORMATS = [
  ["formats", "format", "duration", formatTime],
  ["formats", "format", "count", ([n, noun]) => count(n, noun)],
  ["formats", "format", "escaped", escaped],
  ["formats", "format", "tally", tallyOf],
  ["axis", "function", "tick step", tickStep],
  ["axis", "function", "tick label", ({ step, end, time }) => tickFormat(step, end)(time)],
];

for (const [file, field, value, format] of FORMATS) {
  for (const { input, expected } of cases(/** @type {any} */ (file), field, value)) {
    test(`${value} of ${JSON.stringify(input)}`, () => assert.equal(format(input), expected));
  }
}

test("outcomes have the same signs", () => {
  const signs = Object.fromEntries(cases("outcomes").map(({ input, expected }) => [input, expected]));
  assert.deepEqual(OUTCOME_SIGNS, signs);
});
