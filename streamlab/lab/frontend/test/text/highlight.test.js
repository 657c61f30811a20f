import assert from "node:assert/strict";
import { test } from "node:test";
import { highlight } from "../../src/text/highlight.js";

/**
 * @param {string} text
 * @param {"python" | "jinja"} language
 */
const coloured = (text, language = "python") =>
  highlight(text, language).map((line) => line.filter(([kind]) => kind !== "plain"));

test("no character is lost", () => {
  const text = 'def f(x):\n    """two\n\n    lines"""\n    yield f"{x!r}"  # why\n';
  const lines = highlight(text, "python").map((line) => line.map(([, part]) => part).join(""));
  assert.equal(lines.join("\n"), text);
});

test("a string keeps its colour over several lines", () => {
  assert.deepEqual(coloured('s = """a\nyield\n"""\nyield'), [
    [["string", '"""a']],
    [["string", "yield"]],
    [["string", '"""']],
    [["keyword", "yield"]],
  ]);
});

test("a hash in a string starts no comment, and a quote in a comment starts no string", () => {
  assert.deepEqual(coloured("x = '#' # it's\ny"), [
    [
      ["string", "'#'"],
      ["comment", "# it's"],
    ],
    [],
  ]);
});

test("a prefix belongs to its string, but a name that ends like a prefix does not", () => {
  assert.deepEqual(coloured(`rb'\\'' + buff "x"`), [[["string", "rb'\\''"], ["string", '"x"']]]);
});

test("tags, statements and expressions of a template have their own kinds", () => {
  assert.deepEqual(coloured("<li>{% for i in x %}{{ i }}{# no #}</li>", "jinja"), [
    [
      ["tag", "<li>"],
      ["keyword", "{% for i in x %}"],
      ["string", "{{ i }}"],
      ["comment", "{# no #}"],
      ["tag", "</li>"],
    ],
  ]);
});
