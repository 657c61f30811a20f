import assert from "node:assert/strict";
import { test } from "node:test";
import { delays } from "../../src/timeline/tooltip-text.js";
import { lane } from "../../fixtures/vectors.js";

const MS = 1e6;
const app = lane("app", [[1 * MS, 5], [4 * MS, 9]]);

test("each delay is the one after the lane before", () => {
  const lanes = [app, lane("server", [[3 * MS, 5]]), lane("client", [[3.5 * MS, 5]])];
  assert.deepEqual(delays(lanes, 0), ["server: +2.00 ms", "client: +500 µs"]);
  assert.deepEqual(delays(lanes, 1), ["server: not arrived", "client: not arrived"]);
});

test("recoded bytes are found by time, so their delay is about right", () => {
  const gzip = lane("gzip", [[1.5 * MS, 10], [6 * MS, 40]], { coding: 1, head: 10 });
  assert.deepEqual(delays([app, gzip], 0), ["gzip: ≈+5.00 ms"]);
});

test("the bytes of another client are not known, and a page that has not painted is not late", () => {
  const client = lane("client", [], { unseen: true });
  const page = lane("page", [], { browser: true });
  assert.deepEqual(delays([app, client, page], 0), ["client: sent to another client"]);
});
