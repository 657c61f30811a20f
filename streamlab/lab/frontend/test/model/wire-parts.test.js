import assert from "node:assert/strict";
import test from "node:test";

import { wireParts } from "../../src/model/wire-parts.js";

const HEAD = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

/** @param {string} text */
const parts = (text, framing = "chunked") => wireParts(new TextEncoder().encode(text), framing);

test("the head and each frame have their places", () => {
  const start = HEAD.length;
  assert.deepEqual(parts(`${HEAD}5\r\nHello\r\n10;x=1\r\n0123456789abcdef\r\n0\r\n\r\n`), {
    heads: [[0, start]],
    frames: [
      { at: start, data: start + 3, size: 5 },
      { at: start + 10, data: start + 18, size: 16 },
      { at: start + 36, data: start + 39, size: 0 },
    ],
  });
});

test("data that looks like a frame is data", () => {
  const sizes = parts(`${HEAD}7\r\n0\r\n\r\nab\r\n1\r\nx\r\n`).frames.map(({ size }) => size);
  assert.deepEqual(sizes, [7, 1]);
});

test("a frame counts from its size line on, and a part of a line does not", () => {
  assert.equal(parts(`${HEAD}5\r\nHel`).frames.length, 1);
  assert.equal(parts(`${HEAD}5\r\nHello\r\n`).frames.length, 1);
  assert.equal(parts(`${HEAD}5\r\nHello\r\n6`).frames.length, 1);
  assert.equal(parts(`${HEAD}5\r\nHello\r\n6\r\n`).frames.length, 2);
});

test("before the empty line there is no head", () => {
  assert.deepEqual(parts("HTTP/1.1 200 OK\r\nA: b\r\n"), { heads: [], frames: [] });
});

test("interim responses have heads too", () => {
  const hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
  const start = hints.length;
  assert.deepEqual(parts(hints + HEAD).heads, [
    [0, start],
    [start, start + HEAD.length],
  ]);
});

test("a body without chunks has no frames", () => {
  assert.deepEqual(parts("HTTP/1.0 200 OK\r\n\r\n5\r\nHello", "close").frames, []);
});

test("bytes that are no frames end the list", () => {
  assert.deepEqual(parts(`${HEAD}Hello\r\n`).frames, []);
  assert.deepEqual(parts(HEAD + "f".repeat(5000)).frames, []);
});
