import assert from "node:assert/strict";
import { test } from "node:test";
import { contextActive, summary } from "../../src/text/labels.js";
import { Store } from "../../src/model/store.js";
import { message } from "../../fixtures/batches.js";

/** @param {Partial<import("../../src/model/protocol.js").Batch>} said */
function storeWith(said) {
  const store = new Store(() => {});
  const made = [
    [10, 6, 0, 4],
    [50, 11, 0, 5],
  ];
  store.receive(...message({ reset: true, ...said }, [[0, 0, made], [1, 0, [[12, 6]]]]));
  return store;
}

const verdict = /** @type {const} */ ({ outcome: "streamed", culprit: null, text: "", advice: "" });

test("the summary has chunks, context and outcome", () => {
  assert.equal(
    summary(storeWith({ spans: [[1, 60]], state: "done", verdict })),
    "generator 2 chunks, client 1 chunk; context active; streamed",
  );
  assert.equal(
    summary(storeWith({ state: "waiting" })),
    "generator 2 chunks, client 1 chunk; context not active; waiting for Next chunk",
  );
});

test("the summary of a view without a run says so", () => {
  assert.equal(
    summary(new Store(() => {})),
    "generator 0 chunks, app 0 chunks, server 0 chunks, client 0 chunks; not started",
  );
});

test("the context is active if it was active when the last chunk was made", () => {
  assert.equal(contextActive(storeWith({ spans: [[1, null]] })), true);
  assert.equal(contextActive(storeWith({ spans: [[1, 60]] })), true);
  assert.equal(contextActive(storeWith({ spans: [[1, 20]] })), false);
  assert.equal(contextActive(storeWith({ spans: [] })), false);
});
