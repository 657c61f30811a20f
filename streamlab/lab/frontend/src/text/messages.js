/**
 * The messages in a body: server-sent events, JSON lines, and rows of CSV. A message may come in
 * several chunks, and a chunk may have several messages.
 */

/**
 * @typedef Message
 * @property {number} start  the offset of its first byte
 * @property {number} end  the offset after the last byte that completes it
 * @property {string} name  what it is, such as "message" or the type of an event
 * @property {string} text
 */

/** @typedef {{ messages: Message[], rest: string }} Parsed  rest: the beginning of the next one */

const LF = 10;
const CR = 13;
const QUOTE = 34;
const decoder = new TextDecoder();

/** @type {[pattern: RegExp, parse: (bytes: Uint8Array) => Parsed][]} */
const PARSERS = [
  [/^\s*text\/event-stream\b/i, parseEvents],
  [/^\s*application\/(x-)?(ndjson|jsonl|jsonlines|json-lines)\b/i, parseJSONLines],
  [/^\s*text\/csv\b/i, parseCSV],
];

/**
 * The messages of a body; null if its content type has none.
 *
 * @param {string} contentType
 * @param {Uint8Array} bytes
 */
export function parseMessages(contentType, bytes) {
  const [, parse] = PARSERS.find(([pattern]) => pattern.test(contentType)) ?? [];
  return parse ? parse(bytes) : null;
}

/**
 * The lines that are complete, and where the next one begins.
 *
 * @param {Uint8Array} bytes
 * @param {(byte: number) => boolean} ends  whether a line ends with this byte
 */
function splitLines(bytes, ends) {
  /** @type {{ start: number, end: number, text: string }[]} */
  const lines = [];
  let start = 0;
  for (let index = 0; index < bytes.length; index++) {
    if (!ends(bytes[index])) continue;
    const text = decoder.decode(bytes.subarray(start, index));
    if (bytes[index] === CR && bytes[index + 1] === LF) index++;
    lines.push({ start, end: index + 1, text });
    start = index + 1;
  }
  return { lines, rest: decoder.decode(bytes.subarray(start)) };
}

/**
 * WHATWG HTML, "Parsing an event stream": a blank line completes an event.
 *
 * @param {Uint8Array} bytes
 * @returns {Parsed}
 */
export function parseEvents(bytes) {
  const { lines, rest } = splitLines(bytes, (byte) => byte === LF || byte === CR);
  /** @type {Message[]} */
  const messages = [];
  let begun = 0;
  /** @type {string[]} */
  let data = [];
  let type = "";
  for (const { start, end, text } of lines) {
    if (text.startsWith(":")) {
      messages.push({ start, end, name: "comment", text: text.slice(1).trimStart() });
    } else if (text) {
      const [, field, value] = /^([^:]*):? ?([^]*)$/.exec(text) ?? [];
      if (field === "data") data.push(value);
      else if (field === "event") type = value;
      else if (field === "retry" || field === "id") messages.push({ start, end, name: field, text: value });
    } else {
      // Without data there is no event.
      if (data.length) messages.push({ start: begun, end, name: type || "message", text: data.join("\n") });
      data = [];
      type = "";
      begun = end;
    }
  }
  const waiting = [...(type ? [`event: ${type}`] : []), ...data.map((line) => `data: ${line}`), rest];
  return { messages, rest: waiting.filter(Boolean).join("\n") };
}

/**
 * @param {Uint8Array} bytes
 * @returns {Parsed}
 */
export function parseJSONLines(bytes) {
  const { lines, rest } = splitLines(bytes, (byte) => byte === LF);
  const messages = lines
    .filter(({ text }) => text.trim())
    .map(({ start, end, text }) => ({ start, end, name: isJSON(text) ? "JSON" : "not JSON", text: text.trim() }));
  return { messages, rest };
}

/** @param {string} text */
function isJSON(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * RFC 4180: a line break inside of quotes does not end a row.
 *
 * @param {Uint8Array} bytes
 * @returns {Parsed}
 */
export function parseCSV(bytes) {
  let quoted = false;
  const { lines, rest } = splitLines(bytes, (byte) => {
    if (byte === QUOTE) quoted = !quoted;
    return byte === LF && !quoted;
  });
  const messages = lines.map(({ start, end, text }) => ({ start, end, name: "row", text: text.replace(/\r$/, "") }));
  return { messages, rest };
}
