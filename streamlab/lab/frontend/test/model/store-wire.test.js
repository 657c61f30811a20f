import assert from "node:assert/strict";
import { test } from "node:test";
import { Store } from "../../src/model/store.js";
import { message } from "../../fixtures/batches.js";

const text = (/** @type {Uint8Array} */ bytes) => new TextDecoder().decode(bytes);

test("the bytes of the wire grow, their end comes last, and a reset forgets them", () => {
  const store = new Store(() => {});
  store.receive(...message({ seq: 1, reset: true, raw: [0] }, [], "", "", "", "HTTP/1.1 "));
  store.receive(...message({ seq: 2, raw: [9] }, [], "", "", "", "200 OK"));
  assert.deepEqual([text(store.raw), store.rawTailStart], ["HTTP/1.1 200 OK", Infinity]);
  store.receive(...message({ seq: 3, raw_tail: [90] }, [], "", "", "", "", "end"));
  assert.deepEqual([text(store.raw), text(store.rawTail), store.rawTailStart], ["HTTP/1.1 200 OK", "end", 90]);
  store.receive(...message({ seq: 4, reset: true }, []));
  assert.deepEqual([store.raw.length, store.rawTailStart], [0, Infinity]);
});

test("of the wire no bytes may be missing", () => {
  let asked = 0;
  const store = new Store(() => asked++);
  store.receive(...message({ seq: 1, reset: true, raw: [0] }, [], "", "", "", "HTTP"));
  asked = 0;
  store.receive(...message({ seq: 2, raw: [9] }, [], "", "", "", "200 OK"));
  assert.equal(asked > 0, true);
});
