import assert from "node:assert/strict";
import { test } from "node:test";
import { pageContent } from "../../src/panes/page-document.js";
import { Moment } from "../../src/model/moment.js";
import { Store } from "../../src/model/store.js";
import { fill, message } from "../../fixtures/batches.js";

/**
 * @param {string} type
 * @param {string} text
 * @param {number} page_size
 */
function storeWith(type, text, page_size = text.length) {
  const store = new Store(() => {});
  const http = { status_code: 200, reason: "OK", headers: /** @type {[string, string][]} */ ([["content-type", type]]) };
  const fields = { http, body: /** @type {[number]} */ ([0]), page: /** @type {[number]} */ ([0]), page_size };
  store.receive(...message({ reset: true, ...fields }, [], "the body as it was made", text));
  return store;
}

/** @param {Store} store @param {number} [time] */
const contentOf = (store, time) => pageContent(store, new Moment(store, time));

test("the page shows the bytes that reached the client, not those that were made", () => {
  const html = "Text/HTML; charset=utf-8";
  const text = "<p>Hello ";
  assert.deepEqual(contentOf(storeWith(html, text)), { kind: "html", text, parsed: null, whole: true });
  assert.equal(contentOf(storeWith(html, "")).kind, "nothing");
  assert.equal(contentOf(new Store(() => {})).kind, "nothing");
});

test("a body that is not HTML is shown as messages or as text", () => {
  assert.equal(contentOf(storeWith("text/plain", "a,b")).kind, "text");
  const { kind, parsed } = contentOf(storeWith("text/csv", "a,b\nc"));
  assert.deepEqual([kind, parsed?.messages.length, parsed?.rest], ["messages", 1, "c"]);
});

test("at an earlier moment the page has what the client had received", () => {
  const store = storeWith("text/plain", "Hello World");
  fill(store.lanes[1], [
    [10, 6],
    [20, 11],
  ]);
  assert.deepEqual([5, 10, 20, Infinity].map((time) => contentOf(store, time).text), ["", "Hello ", "Hello World", "Hello World"]);
});

test("a page is incomplete if the client received more than the kernel sends to the view", () => {
  const most = "x".repeat(65_536);
  assert.equal(contentOf(storeWith("text/html", most, 65_537)).whole, false);
  assert.equal(contentOf(storeWith("text/html", most)).whole, true);
  // The header of a gzip stream: received, but without content.
  assert.equal(contentOf(storeWith("text/html", "", 10)).whole, true);
});
