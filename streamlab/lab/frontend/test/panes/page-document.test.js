import assert from "node:assert/strict";
import { test } from "node:test";
import { painted, shielded } from "../../src/panes/page-document.js";
import { Store } from "../../src/model/store.js";
import { batch, buffer, bytes } from "../../fixtures/batches.js";

/**
 * @param {string} type
 * @param {string} text
 * @param {number} page_size
 */
function storeWith(type, text, page_size = text.length) {
  const store = new Store(() => {});
  const http = { status: 200, reason: "OK", headers: /** @type {[string, string][]} */ ([["content-type", type]]) };
  const said = { http, body: /** @type {[number]} */ ([0]), page: /** @type {[number]} */ ([0]), page_size };
  store.receive(batch({ reset: true, ...said }), [buffer([]), bytes("as it was made"), bytes(text)]);
  return store;
}

test("what has reached the client is painted, not what was made", () => {
  const html = "Text/HTML; charset=utf-8";
  const text = "<p>Hello ";
  assert.deepEqual(painted(storeWith(html, text)), { kind: "html", text, whole: true });
  assert.equal(painted(storeWith(html, "")).kind, "nothing");
  assert.equal(painted(new Store(() => {})).kind, "nothing");
});

test("what is no page is shown as text", () => {
  assert.equal(painted(storeWith("text/csv", "a,b")).kind, "text");
});

test("a page is said to be cut where more came than is painted, and the kernel sends no more", () => {
  const most = "x".repeat(65_536);
  assert.equal(painted(storeWith("text/html", most, 65_537)).whole, false);
  assert.equal(painted(storeWith("text/html", most)).whole, true);
  // The head of a gzip stream: it has come, and says nothing yet.
  assert.equal(painted(storeWith("text/html", "", 10)).whole, true);
});

test("the shield comes first, but after a doctype", () => {
  assert.match(shielded("<p>"), /^<meta [^>]*default-src 'none'.*<p>$/);
  assert.match(shielded(" <!DOCTYPE html><p>"), /^ <!DOCTYPE html><meta .*<p>$/);
});
