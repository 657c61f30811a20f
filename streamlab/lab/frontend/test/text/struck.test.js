import assert from "node:assert/strict";
import { test } from "node:test";
import { struckRanges } from "../../src/text/struck.js";

/** What is struck, in its order. @param {string} text */
const struck = (text) => struckRanges(text).map(([start, end]) => text.slice(start, end));

test("the wrapper is struck, and not what it wraps", () => {
  assert.deepEqual(struck("    return stream_with_context(generate())\n"), ["stream_with_context(", ")"]);
  assert.deepEqual(struck("return Response(\n    flask.stream_with_context(\n        f(a, (b))\n    )\n)\n"), [
    "flask.stream_with_context(",
    ")",
  ]);
});

test("the decorator is struck", () => {
  assert.deepEqual(struck("    @stream_with_context\n    def generate():\n"), ["@stream_with_context"]);
});

test("strings, comments, other names and unfinished code are not", () => {
  const code = [
    "from streamlab import stream_with_context  # stream_with_context(x)",
    "'stream_with_context(x)'",
    "my_stream_with_context(x)",
    "stream_with_context(generate(",
  ];
  assert.deepEqual(struck(code.join("\n")), []);
});

test("a parenthesis in a string does not close the call", () => {
  const code = "stream_with_context(f(')'), g)";
  assert.deepEqual(struckRanges(code), [
    [0, 20],
    [code.length - 1, code.length],
  ]);
});
