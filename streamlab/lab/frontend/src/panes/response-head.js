/**
 * The response's head as the client saw it.
 */
import { h, setText } from "./dom.js";

/** @param {import("../model/store.js").Store} store */
export function createHttp(store) {
  const line = h("code");
  const headers = h("dl", { class: "headers" });
  const root = h(
    "details",
    { class: "http" },
    h("summary", {}, "HTTP response head: ", line),
    headers,
  );
  /** @type {string | undefined} */
  let shown;

  function update() {
    const { http } = store.facts;
    const key = JSON.stringify(http);
    if (key === shown) return;
    shown = key;
    setText(line, http ? `${http.status} ${http.reason}` : "not received yet");
    headers.replaceChildren(
      ...(http?.headers ?? []).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
    );
  }

  return { root, update };
}
