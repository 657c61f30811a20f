/**
 * The document for the page pane, made of the decoded bytes that the client has received.
 */

/** Blocks every request of the page, and opens no link in the pane. */
const POLICY =
  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; " +
  "style-src 'unsafe-inline'; img-src data:; font-src data:\"><base target=\"_blank\">";

/** The kernel sends at most this many bytes. */
const MAX_BYTES = 65_536;

/**
 * @param {Pick<import("../model/store.js").Store, "facts" | "page">} store
 * @returns {{ kind: "nothing" | "html" | "text", text: string, whole: boolean }}
 */
export function pageContent({ facts, page }) {
  if (!facts.http || !page.length) return { kind: "nothing", text: "", whole: true };
  const text = new TextDecoder().decode(page);
  const type = facts.http.headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "";
  const kind = /^\s*(text\/html|application\/xhtml\+xml)/i.test(type) ? "html" : "text";
  return { kind, text, whole: page.length < MAX_BYTES || facts.page_size <= page.length };
}

/**
 * The document with the policy after the doctype. Before the doctype it would switch the browser to
 * quirks mode.
 *
 * @param {string} html
 */
export function withPolicy(html) {
  const doctype = /^\s*<!doctype[^>]*>/i.exec(html)?.[0] ?? "";
  return doctype + POLICY + html.slice(doctype.length);
}
