import assert from "node:assert/strict";
import { test } from "node:test";
import { pageContent } from "../../src/panes/page-document.js";
import { Store } from "../../src/model/store.js";
import { batch, buffer, bytes } from "../../fixtures/batches.js";

/**
 * @param {string} type
 * @param {string} text
 * @param {number} page_size
 */
function storeWith(type, text, page_size = text.length) {
  const store = new Store(() => {});
  const http = { status_code: 200, reason: "OK", headers: /** @type {[string, string][]} */ ([["content-type", type]]) };
  const fields = { http, body: /** @type {[number]} */ ([0]), page: /** @type {[number]} */ ([0]), page_size };
  store.receive(batch({ reset: true, ...fields }), [buffer([]), bytes("the body as it was made"), bytes(text)]);
  return store;
}

test("the page shows the bytes that reached the client, not those that were made", () => {
  const html = "Text/HTML; charset=utf-8";
  const text = "<p>Hello ";
  assert.deepEqual(pageContent(storeWith(html, text)), { kind: "html", text, whole: true });
  assert.equal(pageContent(storeWith(html, "")).kind, "nothing");
  assert.equal(pageContent(new Store(() => {})).kind, "nothing");
});

test("a body that is not HTML is shown as text", () => {
  assert.equal(pageContent(storeWith("text/csv", "a,b")).kind, "text");
});

test("a page is incomplete if the client received more than the kernel sends to the view", () => {
  const most = "x".repeat(65_536);
  assert.equal(pageContent(storeWith("text/html", most, 65_537)).whole, false);
  assert.equal(pageContent(storeWith("text/html", most)).whole, true);
  // The header of a gzip stream: received, but without content.
  assert.equal(pageContent(storeWith("text/html", "", 10)).whole, true);
});
