/**
 * The drop-down lists above the timeline: which run is shown, and with which one it is compared.
 */
import { h, listen } from "../panes/dom.js";
import { select } from "../panes/settings.js";
import { OUTCOME_SIGNS, caption } from "../text/labels.js";

/**
 * A run that can be shown again. The kernel makes it in `streamlab/lab/history.py`.
 *
 * @typedef Entry
 * @property {import("../model/protocol.js").Run} run
 * @property {import("../model/protocol.js").Outcome | ""} outcome  "" while it streams
 */

/**
 * @param {import("../model/store.js").Store} store
 * @param {import("../model/controls.js").Controls} controls
 * @param {AbortSignal} signal
 */
export function createHistory(store, controls, signal) {
  const runs = select("Run");
  const others = select("");
  others.list.ariaLabel = "Compare with";
  const root = h("span", { class: "history" }, runs.root, others.root);

  function update() {
    const { run, state, verdict } = store.facts;
    const known = /** @type {Entry[]} */ (controls.get("history") ?? []);
    root.hidden = !run || state === "idle";
    if (!run || root.hidden) return;
    // The kernel tells the history a little later than the run itself.
    const entries = known.some((entry) => entry.run.id === run.id)
      ? known
      : [{ run, outcome: verdict?.outcome ?? /** @type {const} */ ("") }, ...known];
    runs.show(entries.map(option), String(run.id), caption(run));
    runs.list.title = caption(run); // a long request is truncated on the screen
    const rest = entries.filter((entry) => entry.run.id !== run.id).map(option);
    others.root.hidden = !rest.length;
    others.show([{ value: "", label: "Compare with …", missing: "" }, ...rest], "", "");
  }

  function compare() {
    const { value } = others.list;
    others.list.value = "";
    if (value) controls.send("compare_with", Number(value));
  }

  listen(runs.list, { change: () => controls.send("show_run", Number(runs.list.value)) }, signal);
  listen(others.list, { change: compare }, signal);

  return { root, update };
}

/** @param {Entry} entry */
function option({ run, outcome }) {
  return { value: String(run.id), label: `${outcome ? OUTCOME_SIGNS[outcome] : "…"} ${caption(run)}`, missing: "" };
}
