import assert from "node:assert/strict";
import { test } from "node:test";
import { dump, withLineEnds } from "../../src/text/wire-text.js";

/** @param {string} text */
const bytes = (text) => new TextEncoder().encode(text);

test("line ends are visible, and other invisible characters are escaped", () => {
  assert.equal(withLineEnds(bytes("9\r\n<p>\tHello\r\n")), "9\\r\\n\n<p>\\tHello\\r\\n");
  assert.equal(withLineEnds(bytes("a\nb\rc")), "a\\n\nb\\r\nc");
});

test("hexadecimal rows have 8 bytes, their offset, and ASCII beside them", () => {
  const [first, second] = dump(bytes("01234567\r\né"), 32).split("\n");
  assert.equal(first, "0020  30 31 32 33 34 35 36 37  01234567");
  assert.equal(second, `0028  ${"0d 0a c3 a9".padEnd(23)}  ....`);
});
