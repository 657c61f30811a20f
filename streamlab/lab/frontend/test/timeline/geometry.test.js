import assert from "node:assert/strict";
import { test } from "node:test";
import { Layout } from "../../src/timeline/geometry.js";

test("a few lanes have their usual height, more lanes share the room", () => {
  assert.equal(new Layout(4, 194).lane, 24);
  assert.ok(new Layout(7, 194).lane < 24);
  assert.ok(new Layout(7, 194).height <= 194);
});

test("many lanes do not get so thin that their names overlap", () => {
  assert.equal(new Layout(40, 194).lane, 11);
});

test("rows follow each other without a gap", () => {
  const layout = new Layout(4, 90, { band: 16, events: 16, axis: 0 });
  assert.equal(layout.middleOf(0), 16 + layout.lane / 2);
  assert.equal(layout.below(0), layout.middleOf(1) - layout.lane / 2);
  assert.equal(layout.eventsTop, layout.below(3));
  assert.equal(layout.axisTop, layout.height);
  assert.deepEqual([15, 16, layout.eventsTop - 1, layout.eventsTop].map((y) => layout.laneAt(y)), [-1, 0, 3, -1]);
});
