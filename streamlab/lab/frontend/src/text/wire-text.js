/**
 * Bytes of the wire as text with visible line ends, and as hexadecimal numbers.
 */
import { escaped } from "./format.js";

/** Bytes in a row: the tab has room for so many. */
const ROW = 8;

/**
 * Each line of the result ends with its line end as an escape, such as `\\r\\n`.
 *
 * @param {Uint8Array} bytes
 */
export function withLineEnds(bytes) {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  return text
    .split(/(\r?\n|\r)/)
    .map((part, index) => (index % 2 ? `${JSON.stringify(part).slice(1, -1)}\n` : escaped(part)))
    .join("")
    .replace(/\n$/, "");
}

/**
 * Rows of 8 bytes: the offset, the numbers, and the characters of ASCII.
 *
 * @param {Uint8Array} bytes
 * @param {number} offset  of the first byte
 */
export function dump(bytes, offset) {
  const rows = [];
  for (let from = 0; from < bytes.length; from += ROW) {
    const row = [...bytes.subarray(from, from + ROW)];
    const numbers = row.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const characters = row.map((byte) => (byte > 0x1f && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("");
    const place = (offset + from).toString(16).padStart(4, "0");
    rows.push(`${place}  ${numbers.padEnd(3 * ROW - 1)}  ${characters}`);
  }
  return rows.join("\n");
}
