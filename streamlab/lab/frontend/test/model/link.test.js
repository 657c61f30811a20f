import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Link } from "../../src/model/link.js";

/** @type {import("../../src/model/link.js").Message[]} */
let sent;
/** What is scheduled, and after how many ms. @type {Set<{ action: () => void, ms: number }>} */
let scheduled;
/** @type {Link} */
let link;

beforeEach(() => {
  sent = [];
  scheduled = new Set();
  link = new Link(
    (message) => sent.push(message),
    (action, ms) => {
      const timer = { action, ms };
      scheduled.add(timer);
      return () => scheduled.delete(timer);
    },
  );
});

/** Wait `times` times, and return how long. @param {number} times */
function waited(times) {
  return Array.from({ length: times }, () => {
    const [timer, ...others] = scheduled;
    assert.deepEqual(others, []);
    scheduled.delete(timer);
    timer.action();
    return timer.ms;
  });
}

test("a snapshot is requested again until it is acknowledged", () => {
  link.ask();
  link.ask();
  assert.deepEqual(sent, [{ type: "snapshot", again: false }]);
  assert.deepEqual(waited(4), [300, 1000, 2000, 2000]);
  assert.deepEqual(sent.slice(1), Array(4).fill({ type: "snapshot", again: true }));
  link.acknowledge(7, false);
  assert.deepEqual(sent.at(-1), { type: "ack", seq: 7 });
  assert.equal(scheduled.size, 0);
});

test("a kernel that does not answer for long is asked less often", () => {
  link.ask();
  assert.equal(waited(14).at(-1), 30_000);
});

test("while the run goes on, a batch is acknowledged again if no other one arrives", () => {
  link.acknowledge(7, true);
  link.acknowledge(8, true);
  assert.deepEqual(waited(3), [2000, 4000, 8000]);
  assert.deepEqual(sent.slice(1), Array(4).fill({ type: "ack", seq: 8 }));
  link.acknowledge(9, false);
  assert.equal(scheduled.size, 0);
});

test("after a gap a snapshot is requested instead", () => {
  link.acknowledge(7, true);
  link.ask();
  assert.deepEqual(sent.at(-1), { type: "snapshot", again: false });
  assert.deepEqual(waited(1), [300]);
  link.close();
  assert.equal(scheduled.size, 0);
  link.ask();
  assert.deepEqual(sent.at(-1), { type: "snapshot", again: false });
});
