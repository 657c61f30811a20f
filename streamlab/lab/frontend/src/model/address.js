/**
 * The URL under which this browser reaches the server of the panel. The kernel knows the port and
 * the service that it runs in, the page knows the name under which it was opened.
 */

/**
 * What `streamlab/lab/address.py` says.
 *
 * @typedef Address
 * @property {"local" | "forwarded" | "jupyter" | "colab"} kind
 * @property {string} url  the root URL
 * @property {number} port
 * @property {string} path  the beginning of every path on the server
 * @property {string} base  Jupyter's base path, if only the environment says it
 * @property {string} missing  why it cannot be reached through Jupyter; "" if it can be
 * @property {string} buffers  what to know if it is reached through Jupyter
 */

/**
 * @typedef Place
 * @property {string} protocol  of the page
 * @property {string} hostname  of the page
 * @property {string} base  Jupyter's base path; "" if the page is not Jupyter's
 */

/**
 * @typedef Opening
 * @property {string} href  the URL; "" if it cannot be reached
 * @property {string} stream  the page that shows the response part by part; "" if none is needed
 * @property {string} note  what to know about it, or what to install; "" for nothing
 */

/** The same as `STREAM_PAGE` of `streamlab/lab/stream_page.py`, without the slash. */
const STREAM_PAGE = "~stream";
const ELSEWHERE = "This works if the browser runs on the same machine as the kernel.";
const LOOPBACK = /^(localhost|.*\.localhost|127\.[\d.]+|\[::1\])$/;

/**
 * @param {Address} address
 * @param {string} path  of the request
 * @param {Place} place
 * @returns {Opening}
 */
export function openingOf(address, path, place) {
  const rest = path.trim().replace(/^\/+/, "");
  const base = place.base || address.base;
  const far = /^https?:$/.test(place.protocol) && !LOOPBACK.test(place.hostname);
  if (base && (address.kind === "jupyter" || (address.kind === "local" && far))) {
    if (address.missing) return { href: "", stream: "", note: address.missing };
    const root = `${base.replace(/\/*$/, "/")}proxy/${address.port}${address.path}`;
    return { href: root + rest, stream: `${root}${STREAM_PAGE}#/${rest}`, note: address.buffers };
  }
  const note = address.kind === "local" && far ? ELSEWHERE : "";
  return { href: address.url + rest, stream: "", note };
}

/** Where this page is. @returns {Place} */
export function placeOfPage() {
  const { protocol, hostname } = location;
  const config = document.getElementById("jupyter-config-data")?.textContent;
  return { protocol, hostname, base: config ? (JSON.parse(config).baseUrl ?? "") : "" };
}
