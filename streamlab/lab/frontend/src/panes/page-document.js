/**
 * What the page pane shows of the decoded bytes that the client has received.
 */

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
