import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMessages } from "../../src/text/messages.js";

/**
 * @param {string} type
 * @param {string} text
 */
function parsed(type, text) {
  const found = parseMessages(type, new TextEncoder().encode(text));
  return found && { messages: found.messages.map(({ name, text }) => [name, text]), rest: found.rest };
}

const SSE = "text/event-stream; charset=utf-8";

test("a blank line completes an event, with any line end", () => {
  for (const end of ["\n", "\r", "\r\n"]) {
    const text = ["data: a", "data:b", "", "event: tick", "data", "", "data: unfinished"].join(end);
    assert.deepEqual(parsed(SSE, text), {
      messages: [
        ["message", "a\nb"],
        ["tick", ""],
      ],
      rest: "data: unfinished",
    });
  }
});

test("comments, ids and fields without data are no events", () => {
  const text = ": ping\nid: 7\nretry: 100\nevent: empty\n\nunknown: x\n\n";
  const messages = [
    ["comment", "ping"],
    ["id", "7"],
    ["retry", "100"],
  ];
  assert.deepEqual(parsed(SSE, text), { messages, rest: "" });
});

test("an event knows which bytes it has", () => {
  const { messages } = /** @type {NonNullable<ReturnType<typeof parseMessages>>} */ (
    parseMessages(SSE, new TextEncoder().encode("data: é\n\ndata: b\n\n"))
  );
  assert.deepEqual(messages.map(({ start, end }) => [start, end]), [
    [0, 10],
    [10, 19],
  ]);
});

test("a line of JSON is complete with its line end", () => {
  assert.deepEqual(parsed("application/x-ndjson", '{"a": 1}\n\n{broken\n{"b"'), {
    messages: [
      ["JSON", '{"a": 1}'],
      ["not JSON", "{broken"],
    ],
    rest: '{"b"',
  });
});

test("a line break in quotes does not end a row", () => {
  assert.deepEqual(parsed("text/csv", 'a,"b\nc"\r\n1,"2""'), { messages: [["row", 'a,"b\nc"']], rest: '1,"2""' });
});

test("other bodies have no messages", () => {
  assert.equal(parsed("text/html", "data: a\n\n"), null);
  assert.equal(parsed("text/event-streams", "data: a\n\n"), null);
});
