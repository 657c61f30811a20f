/**
 * A document that shows what the bytes of a response describe, but can neither run a script, nor send
 * a request, nor open a link. It is meant for an iframe with an empty `sandbox`.
 *
 * Three things hold, one behind the other. The policy is the first element of a head that is written
 * here, so no bytes stand before it. Elements and attributes that load, navigate or run something are
 * removed. And the text is parsed once more, as the iframe will parse it, and accepted only if
 * nothing is left to remove.
 */

const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; " +
  "form-action 'none'; base-uri 'none'";

/** Links have no address any more. They should still look like links. */
const STYLE = "[data-streamlab-link]{color:LinkText;text-decoration:underline}";

const XHTML = "http://www.w3.org/1999/xhtml";

/** Elements that load or run something, change how the document is read, or are not shown. */
const REMOVED =
  "script,iframe,frame,frameset,object,embed,applet,param,portal,fencedframe,link,meta,base,title," +
  "template,noscript,noembed,noframes,plaintext,xmp,audio,video,source,track,set,animate," +
  "animatemotion,animatetransform,animatecolor,discard,mpath,use,image,feimage,handler,listener," +
  "foreignobject,annotation-xml,maction,semantics";

/** Attributes that only say how something looks or what it means. */
const KEPT = new Set(
  (
    "class id style title lang dir role hidden open start value type reversed checked disabled readonly " +
    "selected multiple placeholder rows cols size min max low high optimum step datetime label wrap " +
    "colspan rowspan span scope abbr width height align valign alt border cellpadding cellspacing " +
    "bgcolor color face text nowrap clear compact noshade rules frame " +
    "viewbox preserveaspectratio d x y x1 y1 x2 y2 cx cy r rx ry fx fy dx dy points transform " +
    "pathlength rotate textlength lengthadjust offset gradientunits gradienttransform spreadmethod " +
    "patternunits patterntransform clippathunits maskunits markerwidth markerheight refx refy orient " +
    "fill fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-linecap stroke-linejoin " +
    "stroke-dasharray stroke-dashoffset opacity stop-color stop-opacity font-family font-size " +
    "font-weight font-style text-anchor dominant-baseline alignment-baseline visibility display " +
    "mathvariant stretchy displaystyle"
  ).split(" "),
);

/** A form hides the properties of its element behind inputs with the same name. */
const localName = getter(Element.prototype, "localName");
const namespace = getter(Element.prototype, "namespaceURI");
const outerHTML = getter(Element.prototype, "outerHTML");
const { getAttributeNames, getAttribute, removeAttribute, setAttribute, remove, prepend } = Element.prototype;
const { querySelector, querySelectorAll, createElement } = Document.prototype;

/** How often the text is cleaned. Some bytes become an element only when they are parsed again. */
const ROUNDS = 4;

/**
 * @param {string} html
 * @returns {string | undefined} the document; undefined for bytes that are never free of what must be
 *   removed
 */
export function inertDocument(html) {
  let text = html;
  for (let round = 0; round < ROUNDS; round++) {
    const parsed = new DOMParser().parseFromString(text, "text/html");
    if (round && startsWithPolicy(parsed) && !clean(parsed, true)) return text;
    clean(parsed, false);
    text = write(parsed);
  }
  return undefined;
}

/**
 * Remove everything that is not inert.
 *
 * @param {Document} parsed
 * @param {boolean} ours whether the policy and the style at the beginning are those of `write`
 * @returns {boolean} whether there was anything to remove
 */
function clean(parsed, ours) {
  const policy = ours ? querySelector.call(parsed, "meta") : null;
  let found = false;
  for (const element of querySelectorAll.call(parsed, "*")) {
    if (element === policy) continue;
    if (mustGo(element)) {
      remove.call(element);
      found = true;
      continue;
    }
    for (const name of getAttributeNames.call(element)) {
      if (mayKeep(element, name)) continue;
      if (name.toLowerCase() === "href") setAttribute.call(element, "data-streamlab-link", "");
      removeAttribute.call(element, name);
      found = true;
    }
  }
  return found;
}

/** @param {Element} element */
function mustGo(element) {
  const name = localName(element).toLowerCase();
  // In SVG and MathML the text of a style is read differently from HTML.
  return REMOVED_NAMES.has(name) || (name === "style" && namespace(element) !== XHTML);
}

const REMOVED_NAMES = new Set(REMOVED.split(","));

/**
 * @param {Element} element
 * @param {string} name
 */
function mayKeep(element, name) {
  const lower = name.toLowerCase();
  if (lower === "data-streamlab-link" || lower.startsWith("aria-")) return true;
  if (lower === "src") {
    const isImage = localName(element) === "img" && namespace(element) === XHTML;
    return isImage && /^data:image\//i.test(getAttribute.call(element, name) ?? "");
  }
  return KEPT.has(lower);
}

/** @param {Document} parsed */
function startsWithPolicy(parsed) {
  const first = querySelector.call(parsed, "head > meta:first-child");
  return (
    first !== null &&
    getAttribute.call(first, "http-equiv") === "Content-Security-Policy" &&
    getAttribute.call(first, "content") === POLICY &&
    getAttributeNames.call(first).length === 2
  );
}

/** @param {Document} parsed a document that is clean */
function write(parsed) {
  const head = querySelector.call(parsed, "html > head");
  const root = querySelector.call(parsed, "html");
  if (!head || !root) return "";
  const policy = createElement.call(parsed, "meta");
  setAttribute.call(policy, "http-equiv", "Content-Security-Policy");
  setAttribute.call(policy, "content", POLICY);
  const style = createElement.call(parsed, "style");
  style.append(STYLE);
  prepend.call(head, policy, style);
  return "<!doctype html>" + outerHTML(root);
}

/**
 * @template {object} T
 * @template {keyof T} K
 * @param {T} prototype
 * @param {K} name
 * @returns {(object: T) => T[K]}
 */
function getter(prototype, name) {
  const get = Object.getOwnPropertyDescriptor(prototype, name)?.get;
  return (object) => get?.call(object);
}
