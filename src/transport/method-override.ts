// Finds `_method` in a query: Rails, Laravel, WordPress and others would take the request for one with the method that it names (G08).
import { namesMethod } from "../http/method-parameter.ts";

/** What such a name may begin with: as it is, with a space or a dot before it, or percent-encoded. */
const STARTS = new Set(Array.from("_. +%", (character) => character.charCodeAt(0)));

/** Whether a parameter is named `_method`, in any percent-encoding. The query's encoding was found valid before. */
export function overridesMethod(query: string): boolean {
  let start = 0;
  while (start < query.length) {
    let end = query.indexOf("&", start);
    if (end < 0) end = query.length;
    if (STARTS.has(query.charCodeAt(start)) && isMethodName(query.slice(start, end))) return true;
    start = end + 1;
  }
  return false;
}

function isMethodName(pair: string): boolean {
  const equals = pair.indexOf("=");
  const name = equals < 0 ? pair : pair.slice(0, equals);
  return namesMethod(decodeURIComponent(name.replaceAll("+", " ")));
}
