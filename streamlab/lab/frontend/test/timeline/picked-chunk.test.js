import assert from "node:assert/strict";
import { test } from "node:test";
import { SelectedBytes } from "../../src/model/selected-bytes.js";
import { Store } from "../../src/model/store.js";
import { PickedChunk } from "../../src/timeline/picked-chunk.js";
import { message } from "../../fixtures/batches.js";

/** A store with two chunks on its second lane, the client. */
function filledStore() {
  const store = new Store(() => {});
  const rows = [
    [10, 6],
    [20, 11],
  ];
  store.receive(...message({ reset: true }, [[1, 0, rows]]));
  return store;
}

test("picking a chunk selects its bytes in all panes", () => {
  const selected = new SelectedBytes();
  const picked = new PickedChunk(filledStore(), selected);
  picked.pick(1, 1);
  assert.deepEqual(selected.bytes, { start: 6, end: 11, coding: 0 });
  picked.clear();
  assert.equal(selected.bytes, null);
});

test("the neighbours stay on the lane and between its ends", () => {
  const picked = new PickedChunk(filledStore(), new SelectedBytes());
  assert.deepEqual(picked.neighbour(1), { lane: 1, row: 0 });
  assert.deepEqual(picked.neighbour(-1), { lane: 1, row: 1 });
  picked.pick(1, 1);
  assert.deepEqual(picked.neighbour(1), { lane: 1, row: 1 });
  assert.deepEqual(picked.neighbour(-1), { lane: 1, row: 0 });
});

test("without chunks there is no neighbour", () => {
  const picked = new PickedChunk(new Store(() => {}), new SelectedBytes());
  assert.equal(picked.neighbour(1), null);
});
