import assert from "node:assert/strict";
import { test } from "node:test";
import { openingOf } from "../../src/model/address.js";

/** @type {import("../../src/model/address.js").Address} */
const LOCAL = { kind: "local", url: "http://127.0.0.1:8099/", port: 8099, path: "/", base: "", missing: "", buffers: "It buffers." };
const HERE = { protocol: "http:", hostname: "localhost", base: "/" };
const FAR = { protocol: "https:", hostname: "class.example", base: "/" };
const HUB = { ...LOCAL, kind: /** @type {const} */ ("jupyter"), base: "/user/ada/" };

test("on the kernel's machine the URL is the server's own", () => {
  for (const hostname of ["localhost", "127.0.0.1", "[::1]"]) {
    const opening = openingOf(LOCAL, "/stream?name=World", { ...HERE, hostname });
    assert.deepEqual(opening, { href: "http://127.0.0.1:8099/stream?name=World", stream: "", note: "" });
  }
});

test("in VS Code, whose panel is no page of a server, the URL is the server's own", () => {
  const place = { protocol: "vscode-webview:", hostname: "0abc", base: "" };
  assert.equal(openingOf(LOCAL, "/", place).href, "http://127.0.0.1:8099/");
});

test("through Jupyter the URL is Jupyter's, and there is a page that streams", () => {
  const { href, stream, note } = openingOf(LOCAL, "/stream?name=World", FAR);
  assert.equal(href, "/proxy/8099/stream?name=World");
  assert.equal(stream, "/proxy/8099/~stream#/stream?name=World");
  assert.equal(note, "It buffers.");
});

test("on a hub the path begins with the user's, also on the same machine", () => {
  assert.equal(openingOf(HUB, "/a", { ...HERE, base: "" }).href, "/user/ada/proxy/8099/a");
  assert.equal(openingOf(HUB, "/a", { ...FAR, base: "/hub/user/ada/" }).href, "/hub/user/ada/proxy/8099/a");
});

test("a token is a part of every path", () => {
  const { href, stream } = openingOf({ ...HUB, path: "/~x7Kp/" }, "/a", FAR);
  assert.equal(href, "/proxy/8099/~x7Kp/a");
  assert.equal(stream, "/proxy/8099/~x7Kp/~stream#/a");
});

test("without jupyter-server-proxy there is no link, but the command that installs it", () => {
  const missing = "Install it: `pip install jupyter-server-proxy`";
  assert.deepEqual(openingOf({ ...HUB, missing }, "/a", FAR), { href: "", stream: "", note: missing });
  assert.equal(openingOf({ ...LOCAL, missing }, "/a", HERE).note, "");
});

test("a service that forwards the port gives the URL", () => {
  const forwarded = { ...LOCAL, kind: /** @type {const} */ ("forwarded"), url: "https://8099.code.example/" };
  assert.deepEqual(openingOf(forwarded, "/a", FAR), { href: "https://8099.code.example/a", stream: "", note: "" });
});

test("a page elsewhere that is not Jupyter's says where the URL works", () => {
  const { href, note } = openingOf(LOCAL, "/a", { ...FAR, base: "" });
  assert.equal(href, "http://127.0.0.1:8099/a");
  assert.match(note, /same machine/);
});

test("no path leads to another host", () => {
  assert.equal(openingOf(LOCAL, "//pages.example/a", HERE).href, "http://127.0.0.1:8099/pages.example/a");
});
