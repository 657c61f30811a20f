/** The build shortens the names of some properties: see `--mangle-props` in package.json. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

const HERE = new URL("..", import.meta.url);
const { scripts } = JSON.parse(readFileSync(new URL("package.json", HERE), "utf8"));
const names = /mangle-props=\^\(([^)]+)\)/.exec(scripts.build)?.[1].split("|") ?? [];

test("no shortened name is one of a message of the kernel", () => {
  const protocol = readFileSync(new URL("src/model/protocol.js", HERE), "utf8");
  const sent = [...protocol.matchAll(/@property \{.+?\} \[?(\w+)/g)].map(([, name]) => name);
  assert.ok(sent.length > 50);
  assert.deepEqual(names.filter((name) => sent.includes(name)), []);
});

test("no shortened name is used as an attribute's name", () => {
  const src = new URL("src/", HERE);
  const files = readdirSync(src, { recursive: true }).filter((file) => String(file).endsWith(".js"));
  const texts = files.map((file) => readFileSync(new URL(String(file), src), "utf8"));
  const used = texts.flatMap((text) => [...text.matchAll(/dataset\.(\w+)|dataset: \{ (\w+)/g)]).map(([, a, b]) => a ?? b);
  assert.ok(used.length > 5);
  assert.deepEqual(names.filter((name) => used.includes(name)), []);
});
