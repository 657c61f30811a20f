import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesAt, roundedUp, summed } from "../../src/timeline/byte-sums.js";
import { lane } from "../../fixtures/vectors.js";

test("the top of the picture is a round number, at most half as much again as needed", () => {
  assert.deepEqual([1, 1.2, 7, 81, 4100].map(roundedUp), [1, 1.5, 8, 100, 6000]);
});

test("a chunk counts from the moment at which it passes", () => {
  const made = lane("generator", [[10, 5], [30, 8]]);
  assert.deepEqual([0, 9, 10, 29, 30, 99].map((time) => bytesAt(made, time)), [0, 0, 5, 5, 8, 8]);
});

test("bytes are made on the first lane that has any, and received on the last one that is known", () => {
  const lanes = [lane("generator", []), lane("app", [[1, 5]]), lane("server", [[2, 5]]), lane("client", [[3, 5]])];
  const names = (/** @type {typeof lanes} */ some) => {
    const { made, received } = summed(some);
    return [made.name, received.name];
  };
  assert.deepEqual(names([...lanes, lane("page", [[4, 5]], { browser: true })]), ["app", "client"]);
  lanes[3].unseen = true;
  assert.deepEqual(names(lanes), ["app", "server"]);
});
