/**
 * The traceback of the exception on the server's side, the user's own lines first: the cause is
 * usually there.
 */
import { h } from "./dom.js";

/** @param {import("../model/protocol.js").TracebackEntry[]} traceback */
export function tracebackList(traceback) {
  const own = traceback.filter((entry) => entry.own);
  const others = traceback.filter((entry) => !entry.own);
  return h("ol", { class: "entries" }, ...[...own, ...others].map(item));
}

/** @param {import("../model/protocol.js").TracebackEntry} entry */
function item({ file, line, name, code, own }) {
  return h(
    "li",
    { class: own ? "own" : "library" },
    h("span", { class: "where" }, `${file}, line ${line}, in ${name}`),
    ...(own ? [h("span", { class: "yours" }, "your code")] : []),
    h("code", {}, code.trim()),
  );
}
