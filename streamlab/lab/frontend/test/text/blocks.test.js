import assert from "node:assert/strict";
import { test } from "node:test";
import { blocks } from "../../src/text/blocks.js";

test("lines of a paragraph are joined, lines of code are kept", () => {
  assert.deepEqual(blocks("Keep the\nrequest:\n\n    def f():\n        yield\n\nor not.\n"), [
    { kind: "text", text: "Keep the request:" },
    { kind: "code", text: "def f():\n    yield" },
    { kind: "text", text: "or not." },
  ]);
});

test("code can follow a sentence without a blank line", () => {
  assert.deepEqual(
    blocks("Write:\n    return x\nand run.").map(({ kind }) => kind),
    ["text", "code", "text"],
  );
});

test("an empty text has no blocks", () => {
  assert.deepEqual(blocks(""), []);
});
