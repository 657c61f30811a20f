/**
 * The first line: what is going on, and what the exchange has shown.
 */
import { h, setText } from "./dom.js";
import { OUTCOME_SIGNS } from "./labels.js";

const INVITATION = "Nothing ran yet. Press Run.";

/**
 * A verdict's sentence begins with its word, "Streamed: …": the word becomes the badge, and the
 * line as a whole says the sentence, to the eye and to the ear.
 */
const WORD = /^(\p{L}[\p{L} ]*): (.+)$/su;

/** @param {import("./store.js").Store} store */
export function createStatus(store) {
  const badge = h("span", { class: "streamlab-badge", hidden: "" });
  const sentence = h("span", { class: "streamlab-sentence" }, INVITATION);
  const line = h("div", { role: "status", class: "streamlab-sentence-line" }, badge, sentence);
  const request = h("code", { class: "streamlab-request" });
  const root = h("div", { class: "streamlab-status" }, line, request);

  function update() {
    const { verdict, status, run, state } = store.facts;
    const text = status || verdict?.text || (state === "idle" ? INVITATION : "");
    const [, word, rest] = (verdict && text === verdict.text && WORD.exec(text)) || [];
    badge.hidden = !word;
    badge.dataset.outcome = verdict?.outcome ?? "";
    badge.dataset.sign = verdict ? OUTCOME_SIGNS[verdict.outcome] : "";
    setText(badge, word ? `${word}:` : "");
    setText(sentence, word ? ` ${rest}` : text);
    setText(request, run && state !== "idle" ? `${run.method} ${run.path}` : "");
  }

  return { root, update };
}
