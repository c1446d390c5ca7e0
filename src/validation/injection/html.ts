// Cross-site scripting (CWE-79): tags that run, attributes that run, and addresses that run.
import type { InjectionClass } from "./class.ts";

export const HTML: InjectionClass = {
  name: "html",
  title: "active HTML",
  needs: "<:=",
  charactersMin: 8,
  detects(text) {
    return hasActiveTag(text) || breaksOutOfAttribute(text) || isActiveAddress(text);
  },
};

/** They run, or load what runs, by being there. */
const ACTIVE_TAGS = new Set([
  "script",
  "iframe",
  "object",
  "embed",
  "applet",
  "base",
  "frame",
  "frameset",
  "portal",
  "xml",
  "xss",
  "isindex",
  "noembed",
]);
/** Attributes whose value is an address that a browser may go to. */
const ADDRESSES = new Set([
  "href",
  "src",
  "action",
  "formaction",
  "xlink:href",
  "data",
  "background",
  "poster",
  "srcdoc",
  "to",
  "from",
  "values",
  "lowsrc",
  "dynsrc",
]);

/** A tag's name begins at once behind `<`; browsers take anything but letters to end it. */
const TAG = /<[/?!]?([a-z][^\s/>"'=<\u0000]*)/giy;

function hasActiveTag(text: string): boolean {
  for (let at = text.indexOf("<"); at >= 0; at = text.indexOf("<", at + 1)) {
    TAG.lastIndex = at;
    const found = TAG.exec(text);
    if (found === null) continue;
    const name = (found[1] as string).toLowerCase();
    const isClosing = text[at + 1] === "/";
    const bare = name.replace(/[^a-z].*$/, "");
    // Ones with a hyphen are elements of one's own, such as `script-editor`.
    if (!isClosing && (ACTIVE_TAGS.has(name) || (ACTIVE_TAGS.has(bare) && !name.includes("-")))) return true;
    if (hasActiveAttribute(text, TAG.lastIndex)) return true;
  }
  return false;
}

const ATTRIBUTE = /[\s/"'\u0000]*([^\s/>"'=<\u0000]+)(?:\s*=\s*(?:"([^"]*)"?|'([^']*)'?|`([^`]*)`?|([^\s>"'`]*)))?/y;
const ATTRIBUTES_MAX = 32;

function hasActiveAttribute(text: string, from: number): boolean {
  let at = from;
  for (let count = 0; count < ATTRIBUTES_MAX && at < text.length && text[at] !== ">"; count += 1) {
    ATTRIBUTE.lastIndex = at;
    const found = ATTRIBUTE.exec(text);
    if (found === null) return false;
    at = ATTRIBUTE.lastIndex;
    const name = (found[1] as string).toLowerCase();
    const value = found[2] ?? found[3] ?? found[4] ?? found[5];
    if (value === undefined) continue;
    if (isHandler(name)) return true;
    if (ADDRESSES.has(name) && (isActiveAddress(value) || name === "srcdoc")) return true;
    if (name === "style" && /expression\s*\(|javascript:|-moz-binding|behaviou?r\s*:/i.test(value)) return true;
    if (name === "http-equiv" && /refresh/i.test(value)) return true;
  }
  return false;
}

/** Events that run without or with little help; `onPress` and `online` are somebody's own. */
const EVENTS = new Set(
  [
    "abort",
    "afterprint",
    "animationend",
    "animationiteration",
    "animationstart",
    "auxclick",
    "beforecopy",
    "beforecut",
  ].concat(
    [
      "beforeinput",
      "beforepaste",
      "beforeprint",
      "beforetoggle",
      "beforeunload",
      "begin",
      "blur",
      "bounce",
      "canplay",
      "cancel",
    ],
    [
      "canplaythrough",
      "change",
      "click",
      "close",
      "contextmenu",
      "copy",
      "cuechange",
      "cut",
      "dblclick",
      "drag",
      "dragend",
    ],
    [
      "dragenter",
      "dragleave",
      "dragover",
      "dragstart",
      "drop",
      "durationchange",
      "end",
      "ended",
      "error",
      "finish",
      "focus",
    ],
    [
      "focusin",
      "focusout",
      "formdata",
      "fullscreenchange",
      "hashchange",
      "input",
      "invalid",
      "keydown",
      "keypress",
      "keyup",
    ],
    [
      "load",
      "loadeddata",
      "loadedmetadata",
      "loadstart",
      "message",
      "mousedown",
      "mouseenter",
      "mouseleave",
      "mousemove",
    ],
    [
      "mouseout",
      "mouseover",
      "mouseup",
      "mousewheel",
      "pagehide",
      "pageshow",
      "paste",
      "pause",
      "play",
      "playing",
      "pointerdown",
    ],
    [
      "pointerenter",
      "pointerleave",
      "pointermove",
      "pointerout",
      "pointerover",
      "pointerup",
      "popstate",
      "progress",
      "propertychange",
    ],
    [
      "ratechange",
      "readystatechange",
      "repeat",
      "reset",
      "resize",
      "scroll",
      "scrollend",
      "search",
      "seeked",
      "seeking",
      "select",
    ],
    [
      "selectionchange",
      "selectstart",
      "show",
      "start",
      "submit",
      "suspend",
      "timeupdate",
      "toggle",
      "touchcancel",
      "touchend",
    ],
    [
      "touchmove",
      "touchstart",
      "transitionend",
      "transitionrun",
      "transitionstart",
      "unhandledrejection",
      "unload",
      "volumechange",
    ],
    ["waiting", "webkitanimationend", "webkitanimationstart", "webkittransitionend", "wheel"],
  ),
);

function isHandler(name: string): boolean {
  return name.startsWith("on") && EVENTS.has(name.slice(2));
}

/** A quote that ends an attribute, and a handler behind it. */
const BREAK_OUT = /["'`][\s/>]*(?:[a-z-]{1,20}\s?=\s?["']?[\w-]*["']?[\s/]+)?(on[a-z]{3,20})\s?=\s?\S/gi;

function breaksOutOfAttribute(text: string): boolean {
  if (!/on[a-z]{3,20}\s*=/i.test(text)) return false;
  for (const [, name] of text.replace(/\s+/g, " ").matchAll(BREAK_OUT)) {
    if (isHandler((name as string).toLowerCase())) return true;
  }
  return false;
}

const SCHEME = /^[\u0000-\u0020]*(?:javascript|vbscript|livescript|data)[\u0000-\u0020]*:/i;

/** Browsers overlook line breaks and tabs inside of a scheme, and read entities in attributes. */
function isActiveAddress(value: string): boolean {
  if (!/^[\u0000-\u0020]*[jvld&]/i.test(value)) return false;
  const read = decodeEntities(value.slice(0, 512)).replace(/[\t\n\r\u0000]+/g, "");
  const scheme = SCHEME.exec(read)?.[0];
  if (scheme === undefined) return false;
  // `JavaScript: The Good Parts` calls nothing.
  if (!/data/i.test(scheme)) return /[(=`%;[/\\]/.test(read.slice(scheme.length));
  return /^[\s\u0000-\u0020]*data:\s*(?:text\/html|image\/svg\+xml|text\/xml|application\/xhtml)/i.test(read);
}

const ENTITY = /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(colon|tab|newline|lpar|rpar|lt|gt|quot|apos|sol));?/gi;
const NAMED: Readonly<Record<string, string>> = {
  colon: ":",
  tab: "\t",
  newline: "\n",
  lpar: "(",
  rpar: ")",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  sol: "/",
};

export function decodeEntities(text: string): string {
  return text.replace(ENTITY, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return NAMED[name.toLowerCase()] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex as string, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
