/**
 * What a browser is given to paint: what has reached the client, decoded.
 */

/** Nothing that the body names is fetched, and no link leads out of the pane. */
const SHIELD =
  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; " +
  "style-src 'unsafe-inline'; img-src data:; font-src data:\"><base target=\"_blank\">";

/** The kernel sends so much of it, in bytes. */
const MOST = 65_536;

/**
 * @param {Pick<import("../model/store.js").Store, "facts" | "page">} store
 * @returns {{ kind: "nothing" | "html" | "text", text: string, whole: boolean }}
 */
export function painted({ facts, page }) {
  if (!facts.http || !page.length) return { kind: "nothing", text: "", whole: true };
  const text = new TextDecoder().decode(page);
  const type = facts.http.headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "";
  const kind = /^\s*(text\/html|application\/xhtml\+xml)/i.test(type) ? "html" : "text";
  return { kind, text, whole: page.length < MOST || facts.page_size <= page.length };
}

/**
 * The document with the shield in it, after the doctype: before it, it would change how the page
 * is laid out (quirks mode).
 *
 * @param {string} html
 */
export function shielded(html) {
  const doctype = /^\s*<!doctype[^>]*>/i.exec(html)?.[0] ?? "";
  return doctype + SHIELD + html.slice(doctype.length);
}
