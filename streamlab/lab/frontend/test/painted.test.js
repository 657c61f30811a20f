import assert from "node:assert/strict";
import { test } from "node:test";
import { painted, shielded } from "../src/painted.js";
import { Store } from "../src/store.js";
import { batch, buffer, bytes } from "../fixtures/batches.js";

/**
 * @param {string} type
 * @param {number} arrived
 */
function storeWith(type, arrived) {
  const store = new Store(() => {});
  const http = { status: 200, reason: "OK", headers: /** @type {[string, string][]} */ ([["content-type", type]]) };
  const counts = /** @type {[number, number, number][]} */ (arrived ? [[1, 0, 1]] : []);
  const rows = arrived ? [[1, arrived, -1, -1]] : [];
  store.receive(batch({ reset: true, counts, http, body: [0] }), [buffer(rows), bytes("<p>Hello World")]);
  return store;
}

test("only what has reached the client is painted", () => {
  const html = "Text/HTML; charset=utf-8";
  assert.deepEqual(painted(storeWith(html, 9)), { kind: "html", text: "<p>Hello ", whole: true });
  assert.equal(painted(storeWith(html, 0)).kind, "nothing");
});

test("what is no page is shown as text", () => {
  assert.equal(painted(storeWith("text/csv", 9)).kind, "text");
});

test("a body longer than its kept head is said to be cut", () => {
  assert.equal(painted(storeWith("text/html", 99)).whole, false);
});

test("the shield comes first, but after a doctype", () => {
  assert.match(shielded("<p>"), /^<meta [^>]*default-src 'none'.*<p>$/);
  assert.match(shielded(" <!DOCTYPE html><p>"), /^ <!DOCTYPE html><meta .*<p>$/);
});
