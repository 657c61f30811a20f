/**
 * The first line: what is going on, and what the exchange has shown.
 */
import { h, setText } from "./dom.js";
import { OUTCOME_SIGNS, caption } from "../text/labels.js";

const GONE = "The kernel is gone. Run the cell again.";
const INVITATION = "Nothing ran yet. Press Run.";

/**
 * A verdict's sentence begins with its word, "Streamed: …": the word becomes the badge, and the
 * line as a whole says the sentence, to the eye and to the ear.
 */
const WORD = /^(\p{L}[\p{L} ]*): (.+)$/su;

/** @param {import("../model/store.js").Store} store */
export function createStatus(store) {
  const badge = h("span", { class: "badge", hidden: "" });
  const sentence = h("span", { class: "sentence" }, INVITATION);
  const line = h("div", { role: "status", class: "sentence-line" }, badge, sentence);
  const request = h("span", { class: "request" });
  const root = h("div", { class: "status" }, line, request);

  function update() {
    const { verdict, status, run, state } = store.facts;
    const said = status || verdict?.text || (state === "idle" ? INVITATION : "");
    const text = store.gone ? GONE : said;
    const [, word, rest] = (verdict && text === verdict.text && WORD.exec(text)) || [];
    badge.hidden = !word;
    badge.dataset.outcome = verdict?.outcome ?? "";
    badge.dataset.sign = verdict ? OUTCOME_SIGNS[verdict.outcome] : "";
    setText(badge, word ? `${word}:` : "");
    setText(sentence, word ? ` ${rest}` : text);
    setText(request, run && state !== "idle" ? caption(run) : "");
    // It is cut where it is long.
    request.title = request.textContent ?? "";
  }

  return { root, update };
}
