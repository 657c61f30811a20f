import assert from "node:assert/strict";
import { test } from "node:test";
import { dump, withLineEnds } from "../../src/text/wire-text.js";

/** @param {string} text */
const bytes = (text) => new TextEncoder().encode(text);

test("line ends are visible, and other invisible characters are escaped", () => {
  assert.equal(withLineEnds(bytes("9\r\n<p>\tHello\r\n")), "9␍␊\n<p>\\tHello␍␊");
  assert.equal(withLineEnds(bytes("a\nb\rc")), "a␊\nb␍\nc");
});

test("hexadecimal rows have 16 bytes, their offset, and ASCII beside them", () => {
  const [first, second] = dump(bytes("0123456789abcdef\r\né"), 32).split("\n");
  assert.equal(first, "000020  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  0123456789abcdef");
  assert.equal(second, `000030  ${"0d 0a c3 a9".padEnd(47)}  ....`);
});
