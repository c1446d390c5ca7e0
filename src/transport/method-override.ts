// Finds `_method` in a query: Rails, Laravel and others would take the POST for the method that it names (G08).

const UNDERSCORE = 0x5f;
const PERCENT = 0x25;

/** Whether a parameter is named `_method`, in any percent-encoding. The query's encoding was found valid before. */
export function overridesMethod(query: string): boolean {
  let start = 0;
  while (start < query.length) {
    const first = query.charCodeAt(start);
    let end = query.indexOf("&", start);
    if (end < 0) end = query.length;
    if ((first === UNDERSCORE || first === PERCENT) && isMethodName(query.slice(start, end))) return true;
    start = end + 1;
  }
  return false;
}

function isMethodName(pair: string): boolean {
  const equals = pair.indexOf("=");
  return decodeURIComponent(equals < 0 ? pair : pair.slice(0, equals)) === "_method";
}
