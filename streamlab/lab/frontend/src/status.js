/**
 * The first line: what is going on, and what the exchange has shown.
 */
import { h, setText } from "./dom.js";
import { OUTCOME_SIGNS } from "./labels.js";

const INVITATION = "Nothing ran yet. Press Run.";

/** @param {import("./store.js").Store} store */
export function createStatus(store) {
  const sign = h("span", { "aria-hidden": "true" });
  const word = h("span");
  const badge = h("span", { class: "streamlab-badge", hidden: "" }, sign, word);
  const sentence = h("span", { class: "streamlab-sentence" }, INVITATION);
  const line = h("div", { role: "status", class: "streamlab-sentence-line" }, badge, sentence);
  const request = h("code", { class: "streamlab-request" });
  const root = h("div", { class: "streamlab-status" }, line, request);

  function update() {
    const { verdict, status, run, state } = store.facts;
    badge.hidden = !verdict;
    badge.dataset.outcome = verdict?.outcome ?? "";
    setText(sign, verdict ? OUTCOME_SIGNS[verdict.outcome] : "");
    setText(word, verdict ? ` ${verdict.outcome} ` : "");
    setText(sentence, status || verdict?.text || (state === "idle" ? INVITATION : ""));
    setText(request, run && state !== "idle" ? `${run.method} ${run.path}` : "");
  }

  return { root, update };
}
