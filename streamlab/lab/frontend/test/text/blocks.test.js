import assert from "node:assert/strict";
import { test } from "node:test";
import { blocks } from "../../src/text/blocks.js";

test("paragraphs flow, code keeps its lines", () => {
  assert.deepEqual(blocks("Keep the\nrequest:\n\n    def f():\n        yield\n\nor not.\n"), [
    { kind: "text", text: "Keep the request:" },
    { kind: "code", text: "def f():\n    yield" },
    { kind: "text", text: "or not." },
  ]);
});

test("code may follow its sentence at once", () => {
  assert.deepEqual(
    blocks("Write:\n    return x\nand run.").map(({ kind }) => kind),
    ["text", "code", "text"],
  );
});

test("no text is no block", () => {
  assert.deepEqual(blocks(""), []);
});
