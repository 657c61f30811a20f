import assert from "node:assert/strict";
import { test } from "node:test";
import { pageEdge } from "../../src/panes/page-edge.js";
import { Store } from "../../src/model/store.js";
import { message } from "../../fixtures/batches.js";

/**
 * @param {[string, string][]} headers
 * @param {import("../../src/model/protocol.js").Outcome} outcome
 */
function edge(headers, outcome = "truncated", done = true) {
  const store = new Store(() => {});
  const http = { status_code: 200, reason: "OK", headers };
  const verdict = { outcome, culprit: null, text: "", advice: "" };
  store.receive(...message({ reset: true, http, verdict, state: "done" }, []));
  return pageEdge(store, { done });
}

test("what a browser says of a cut depends on how the end is marked", () => {
  assert.match(edge([["Transfer-Encoding", "chunked"]]).text, /ERR_INCOMPLETE_CHUNKED_ENCODING/);
  assert.match(edge([["content-length", "9"]]).text, /ERR_CONTENT_LENGTH_MISMATCH/);
  assert.match(edge([["Connection", "close"]]).text, /reports nothing/);
});

test("a response that goes on is open, and a whole one has no edge", () => {
  assert.equal(edge([], "truncated", false).kind, "open");
  assert.equal(edge([], "streamed").kind, "none");
  assert.equal(pageEdge(new Store(() => {}), { done: true }).kind, "none");
});
