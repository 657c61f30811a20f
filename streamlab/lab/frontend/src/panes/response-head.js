/**
 * The status line and headers that the client received.
 */
import { h, setText } from "./dom.js";

/** @param {import("../model/store.js").Store} store */
export function createResponseHead(store) {
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
    setText(line, http ? `${http.status_code} ${http.reason}` : "not received yet");
    headers.replaceChildren(
      ...(http?.headers ?? []).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
    );
  }

  return { root, update };
}
