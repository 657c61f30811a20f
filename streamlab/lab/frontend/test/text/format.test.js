import assert from "node:assert/strict";
import { test } from "node:test";
import { escaped, formatBytes, formatDelay, formatMoment, formatTime, tickFormat } from "../../src/text/format.js";
import { Lane } from "../../src/model/lane.js";
import { rowText, textOf } from "../../src/text/chunk-text.js";
import { fill } from "../../fixtures/batches.js";

test("a time has the largest unit that it reaches, and three digits", () => {
  assert.deepEqual([0, 420, 1500, 999_700, 2_345_678, 61e9].map(formatTime), [
    "0",
    "420 ns",
    "1.50 µs",
    "1.00 ms",
    "2.35 ms",
    "61.0 s",
  ]);
  assert.equal(formatTime(-40_000), "−40.0 µs");
});

test("no delay is shown below zero", () => {
  assert.deepEqual([1500, 0, -40_000].map((ns) => formatDelay(ns)), ["+1.50 µs", "+0", "≈0"]);
  assert.equal(formatDelay(1500, false), "≈+1.50 µs");
});

test("all moments have the same unit", () => {
  assert.deepEqual([3e6, 8_621_034_000].map(formatMoment), ["3.00 ms", "8,621.03 ms"]);
});

test("ticks have the decimals that their step needs", () => {
  assert.equal(tickFormat(5e8, 2e9)(1.5e9), "1.5 s");
  assert.equal(tickFormat(1e9, 9e9)(3e9), "3 s");
  assert.equal(tickFormat(2e4, 1.2e6)(1.02e6), "1.02 ms");
});

test("sizes are decimal", () => {
  assert.deepEqual([9, 1234, 1_000_000].map(formatBytes), ["9 B", "1.23 kB", "1.00 MB"]);
});

test("invisible characters are escaped", () => {
  assert.equal(escaped("a\tb\r\n\\ \u0007 ü"), "a\\tb\\r\\n\\\\ \\x07 ü");
});

test("text after the start of the body is not known", () => {
  const body = new TextEncoder().encode("Hello World");
  assert.equal(textOf(body, 6, 11), "World");
  assert.equal(textOf(body, 6, 20), "World…");
  assert.equal(textOf(body, 11, 20), null);
  assert.equal(textOf(body, 0, 11, 5), "Hello…");
});

test("text is not cut within a character, and a byte order mark is kept", () => {
  const body = new TextEncoder().encode("a\u00fcb\ufeff");
  assert.equal(textOf(body, 0, 4, 2), "a…");
  assert.equal(textOf(body, 0, 4, 3), "a\u00fc…");
  assert.equal(textOf(body, 1, 2), "\ufffd");
  assert.equal(textOf(body, 4, 7), "\ufeff");
});

test("the text of a row comes from the start or the end of the body", () => {
  const lane = new Lane("generator");
  fill(lane, [
    [1, 5],
    [2, 10],
    [3, 15],
  ]);
  const [body, tail] = ["Hello", "World"].map((text) => new TextEncoder().encode(text));
  const store = /** @type {any} */ ({ body, tail, tailStart: 10, lanes: [lane] });
  assert.deepEqual([0, 1, 2].map((row) => rowText(store, lane, row, 99)), ["Hello", null, "World"]);
});
