import assert from "node:assert/strict";
import { test } from "node:test";
import { marksOf } from "../../src/timeline/marks.js";

test("events and printed lines are marks in the order of time, with different shapes", () => {
  const events = /** @type {[number, string, string][]} */ ([
    [1, "context pushed", ""],
    [2, "view returned", ""],
    [6, "exception", "ValueError"],
    [7, "client left", ""],
  ]);
  const output = /** @type {[number, string, string][]} */ ([[3, "hello", "stdout"], [4, "oops", "stderr"]]);
  const marks = marksOf({ events, output });
  assert.deepEqual(marks.map(({ shape }) => shape), ["event", "print", "stderr", "break", "problem"]);
  assert.deepEqual(marks[1], { time: 3, kind: "printed", text: "hello", shape: "print" });
});

test("the marks are made again only if something new has arrived", () => {
  const events = /** @type {[number, string, string][]} */ ([[1, "view returned", ""]]);
  const none = /** @type {[number, string, string][]} */ ([]);
  const marks = marksOf({ events, output: none });
  assert.equal(marksOf({ events, output: none }), marks);
  assert.equal(marksOf({ events, output: [[2, "x", "stdout"]] }).length, 2);
});
