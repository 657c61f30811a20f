/**
 * The verdict, or before it the status; and whether the result is older than the settings or the code.
 */
import { h, listen, setText, withCode } from "./dom.js";
import { OUTCOME_SIGNS } from "../text/labels.js";

const GONE = "The kernel restarted. Choose Run → Run All Cells.";
const SILENT = "The kernel does not answer: it is busy, or it restarted. After a restart, choose Run → Run All Cells.";
const CHANGED = "The settings have changed since this run.";
const TRY_WITHOUT = "Now switch stream_with_context off and press Run, or press Compare.";
const INVITATION = "Press Run to send the request.";

/**
 * A verdict's sentence begins with its outcome, as in "Streamed: …". The outcome becomes the badge.
 * The text of the whole line is still the sentence, also for screen readers.
 */
const WORD = /^(\p{L}[\p{L} ]*): (.+)$/su;

const STREAMING = /^Streaming: /;

/** While chunks stream, the sentence changes at most this often, in ms: it is read aloud. */
const PAUSE = 1000;

/**
 * @param {import("../model/store.js").Store} store
 * @param {import("../model/controls.js").Controls} controls
 * @param {AbortSignal} signal
 */
export function createStatus(store, controls, signal) {
  const badge = h("span", { class: "badge", hidden: "" });
  const sentence = h("span", { class: "sentence" }, INVITATION);
  const old = h("p", { class: "old" });
  const next = h("p", { class: "next-step" });
  const line = h("div", { role: "status", class: "sentence-line" }, badge, sentence);
  const root = h("div", { class: "status" }, line, old, next);
  let shown = INVITATION;
  /** Whether the user has already seen a run without the request context. */
  let tried = false;
  /** When the sentence may change again while the run streams. */
  let allowed = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let later;
  listen(signal, { abort: () => clearTimeout(later) });

  function update() {
    const { verdict, status, state, run } = store.facts;
    const said = status || verdict?.text || (state === "idle" ? INVITATION : "");
    const text = store.gone ? GONE : store.silent ? SILENT : said;
    clearTimeout(later);
    const wait = allowed - performance.now();
    if (state === "running" && text !== shown && STREAMING.test(text) && STREAMING.test(shown) && wait > 0) {
      later = setTimeout(update, wait);
      return;
    }
    if (text !== shown) allowed = performance.now() + PAUSE;
    const [, word, rest] = (verdict && text === verdict.text && WORD.exec(text)) || [];
    badge.hidden = !word;
    badge.dataset.outcome = verdict?.outcome ?? "";
    badge.dataset.sign = verdict ? OUTCOME_SIGNS[verdict.outcome] : "";
    setText(badge, word ? `${word}:` : "");
    say(word ? ` ${rest}` : text);
    const reason = controls.get("old") || (controls.changed(run) ? CHANGED : "");
    setText(old, reason && state === "done" ? `↻ ${reason} Press Run.` : "");
    tried ||= run?.stream_with_context === false;
    suggest(state === "done" && !reason && !store.gone ? suggestion() : "");
  }

  /** What to do next. An error has its advice below the line that raised it. */
  function suggestion() {
    const { verdict, error, run } = store.facts;
    if (error || !verdict) return "";
    if (verdict.advice) return verdict.advice;
    const can = run?.stream_with_context && !controls.choices.no_switch && !tried;
    return can && verdict.outcome === "streamed" ? TRY_WITHOUT : "";
  }

  /** @param {string} text */
  function suggest(text) {
    if (next.title === text) return;
    next.title = text; // a long one is truncated on the screen
    next.replaceChildren(...(text ? ["→ ", ...withCode(text)] : []));
  }

  /** @param {string} text */
  function say(text) {
    if (text === shown) return; // a screen reader would announce it again
    shown = text;
    sentence.replaceChildren(...withCode(text));
  }

  return { root, update };
}
