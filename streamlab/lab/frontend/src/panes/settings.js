/**
 * The controls of the second line: how the next request is sent.
 */
import { h, listen, setText } from "./dom.js";

const SEPARATOR = " + ";
const NO_MIDDLEWARE = "none";

/**
 * @param {import("../model/controls.js").Controls} controls
 * @param {AbortSignal} signal
 */
export function createSettings(controls, signal) {
  const toggle = h("button", { role: "switch", class: "switch" }, "stream_with_context");
  const pace = select("Pace");
  const middleware = select("Middleware");
  const server = select("Server");
  const path = h("input", { type: "text", class: "path", spellcheck: "false", autocomplete: "off" });
  const root = h(
    "div",
    { class: "settings" },
    toggle,
    ...[pace, middleware, server].map(({ root }) => root),
    h("label", { class: "field path-field" }, "Path", path),
  );

  function update() {
    const { choices, values } = controls;
    toggle.ariaChecked = String(values.stream_with_context);
    toggle.disabled = Boolean(choices.no_switch);
    toggle.title = choices.no_switch || "Off: stream_with_context has no effect in the next run";
    pace.show(
      choices.paces.map((value) => ({ value: JSON.stringify(value), label: paceLabel(value), missing: "" })),
      JSON.stringify(values.pace),
      paceLabel(values.pace),
    );
    middleware.show(
      [{ value: "", label: NO_MIDDLEWARE, missing: "" }, ...choices.middleware.map(named)],
      values.middleware.join(SEPARATOR),
      values.middleware.join(SEPARATOR),
    );
    server.show(choices.servers.map(named), values.server, values.server);
    if (document.activeElement !== path) path.value = values.path;
  }

  /** @param {KeyboardEvent} event */
  function typed(event) {
    if (event.key !== "Enter") return;
    controls.set("path", path.value);
    controls.send("run");
  }

  listen(toggle, { click: () => controls.set("stream_with_context", toggle.ariaChecked !== "true") }, signal);
  listen(pace.list, { change: () => controls.set("pace", JSON.parse(pace.list.value)) }, signal);
  listen(
    middleware.list,
    { change: () => controls.set("middleware", middleware.list.value ? middleware.list.value.split(SEPARATOR) : []) },
    signal,
  );
  listen(server.list, { change: () => controls.set("server", server.list.value) }, signal);
  listen(path, { keydown: typed, change: () => controls.set("path", path.value) }, signal);

  return { root, update };
}

/** @param {import("../model/controls.js").Values["pace"]} pace */
function paceLabel(pace) {
  if (pace === null) return "at once";
  return pace === "step" ? "step" : `${pace} s`;
}

/** @param {import("../model/controls.js").Option} option */
function named({ value, missing }) {
  return { value, label: value, missing };
}

/**
 * A drop-down list with its label.
 *
 * @param {string} name
 */
export function select(name) {
  const list = h("select", { class: "select" });
  const root = h("label", { class: "field" }, name, list);
  let shown = "";

  /**
   * @param {{ value: string, label: string, missing: string }[]} options
   * @param {string} value  the chosen one; it is added if it is not among the options
   * @param {string} label
   */
  function show(options, value, label) {
    const all = options.some((option) => option.value === value)
      ? options
      : [...options, { value, label, missing: "" }];
    const key = JSON.stringify(all);
    if (key !== shown) {
      shown = key;
      list.title = [...new Set(all.map(({ missing }) => missing))].filter(Boolean).join("\n");
      list.replaceChildren(...all.map(entry));
    }
    if (list.value !== value) list.value = value;
  }

  return { root, list, show };
}

/** @param {{ value: string, label: string, missing: string }} option */
function entry({ value, label, missing }) {
  const element = h("option", { value });
  // A hint ends with the command, or says what the app would need.
  const [command] = /\b(pip|apt) install [^`]+/.exec(missing) ?? [];
  setText(element, missing ? `${label} (${command ?? "not with this app"})` : label);
  element.disabled = Boolean(missing);
  element.title = missing;
  return element;
}
