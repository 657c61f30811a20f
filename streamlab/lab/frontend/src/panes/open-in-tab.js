/**
 * Opens the URL of the request in a tab of the browser. Where a proxy is on the way, a small dialog
 * says what that changes.
 */
import { openingOf, placeOfPage } from "../model/address.js";
import { h, setText, withCode } from "./dom.js";

/** @typedef {import("../model/address.js").Address} Address */

const NAME = "Open in a tab";
const TITLE = "The tab sends another request, without the middleware. The panel shows it";

/** @param {import("../model/controls.js").Controls} controls */
export function createOpenInTab(controls) {
  const direct = link("open", NAME);
  const button = h("button", { class: "open" }, NAME);
  const note = h("p");
  const plain = link("plain", "");
  const stream = link("as-stream", "Open a page that shows each part when it arrives");
  const dialog = h("div", { popover: "", role: "dialog", class: "openings", "aria-label": NAME }, note, stream, plain);
  const root = h("span", { class: "open-in-tab" }, direct, button, dialog);
  const place = placeOfPage();
  /** The URLs that Colab has told, by port. @type {Map<number, string>} */
  const colab = new Map();
  let shown = "";
  button.popoverTargetElement = dialog;

  function update() {
    const address = /** @type {Address | undefined} */ (controls.get("address"));
    root.hidden = !address?.port;
    if (!address?.port) return;
    const known = address.kind === "colab" ? { ...address, url: colabUrl(address) } : address;
    const opening = openingOf(known, controls.values.path, place);
    const key = JSON.stringify(opening);
    if (key === shown) return;
    shown = key;
    direct.hidden = Boolean(opening.note);
    button.hidden = !direct.hidden;
    note.replaceChildren(...withCode(opening.note));
    setText(plain, opening.href);
    direct.href = opening.href;
    lead(plain, opening.href);
    lead(stream, opening.stream);
  }

  /** The root URL that Colab gives to the server. It is asked for once. @param {Address} address */
  function colabUrl({ port, url, path }) {
    const known = colab.get(port);
    if (known !== undefined) return known;
    colab.set(port, url);
    const { google } = /** @type {any} */ (globalThis);
    google?.colab?.kernel?.proxyPort(port).then((/** @type {string} */ root) => {
      colab.set(port, root.replace(/\/*$/, path));
      update();
    });
    return url;
  }

  return { root, update };
}

/**
 * @param {string} kind
 * @param {string} text
 */
function link(kind, text) {
  return h("a", { class: kind, target: "_blank", rel: "noreferrer", title: TITLE }, text);
}

/**
 * @param {HTMLAnchorElement} anchor
 * @param {string} href  "" hides the link
 */
function lead(anchor, href) {
  anchor.href = href;
  anchor.hidden = !href;
}
