/** The build shortens the names of some properties: see `--mangle-props` in package.json. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

const HERE = new URL("..", import.meta.url);
const { scripts } = JSON.parse(readFileSync(new URL("package.json", HERE), "utf8"));
const names = /mangle-props=\^\(([^)]+)\)/.exec(scripts.build)?.[1].split("|") ?? [];

/** @param {string} path */
const textOf = (path) => readFileSync(new URL(`src/${path}`, HERE), "utf8");

test("no shortened name is one of a message or a trait of the kernel", () => {
  const made = ["model/protocol.js", "model/controls.js", "model/address.js", "compare/comparison.js", "compare/history.js", "compare/matrix.js"];
  const sent = made.flatMap((path) => [...textOf(path).matchAll(/@property \{.+?\} \[?(\w+)/g)].map(([, name]) => name));
  assert.ok(sent.length > 70);
  assert.deepEqual(names.filter((name) => sent.includes(name)), []);
});

test("no shortened name is one of the palette, which is read from the style sheet", () => {
  const colours = /** @type {string[]} */ (/NAMES = [^[]*\[([^\]]+)\]/.exec(textOf("timeline/palette.js"))?.[1].match(/\w+/g) ?? []);
  assert.ok(colours.includes("context"));
  assert.deepEqual(names.filter((name) => colours.includes(name)), []);
});

test("no shortened name is used as an attribute's name", () => {
  const src = new URL("src/", HERE);
  const files = readdirSync(src, { recursive: true }).filter((file) => String(file).endsWith(".js"));
  const texts = files.map((file) => readFileSync(new URL(String(file), src), "utf8"));
  const used = texts.flatMap((text) => [...text.matchAll(/dataset\.(\w+)|dataset: \{ (\w+)/g)]).map(([, a, b]) => a ?? b);
  assert.ok(used.length > 5);
  assert.deepEqual(names.filter((name) => used.includes(name)), []);
});

test("no shortened name but class is an attribute of an element", () => {
  const src = new URL("src/", HERE);
  const files = readdirSync(src, { recursive: true }).filter((file) => String(file).endsWith(".js"));
  const texts = files.map((file) => readFileSync(new URL(String(file), src), "utf8"));
  const all = texts.flatMap((text) => [...text.matchAll(/\bh\(\s*"\w+",\s*\{([^}]*)/g)].map(([, inside]) => inside));
  const keys = all.flatMap((inside) => [...inside.matchAll(/(?:^|,)\s*(\w+)/g)].map(([, key]) => key));
  assert.ok(keys.includes("class"));
  assert.deepEqual(names.filter((name) => name !== "class" && keys.includes(name)), []);
});
