/**
 * What a browser is given to paint: the part of the body that has reached the client.
 */

/** Nothing that the body names is fetched, and no link leads out of the pane. */
const SHIELD =
  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; " +
  "style-src 'unsafe-inline'; img-src data:; font-src data:\"><base target=\"_blank\">";

/**
 * @param {Pick<import("./store.js").Store, "facts" | "lanes" | "body">} store
 * @returns {{ kind: "nothing" | "html" | "text", text: string, whole: boolean }}
 */
export function painted({ facts, lanes, body }) {
  const client = lanes.find((lane) => lane.name === "client");
  const arrived = client?.bytes ?? 0;
  if (!facts.http || !arrived) return { kind: "nothing", text: "", whole: true };
  const text = new TextDecoder().decode(body.subarray(0, arrived));
  const type = facts.http.headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "";
  const kind = /^\s*(text\/html|application\/xhtml\+xml)/i.test(type) ? "html" : "text";
  return { kind, text, whole: arrived <= body.length };
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
