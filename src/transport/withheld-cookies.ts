// Keeps cookies of others apart from the API: what it must not read is taken out of Cookie, what it must not set out of Set-Cookie.

/**
 * A Cookie field without those cookies (names in lower case), all else byte for byte; undefined where nothing is left. Parted as
 * browsers part it, by `;` alone: a reader that honours quotes finds no name hidden in them that was not looked at here (the
 * "cookie sandwich").
 */
export function withoutCookies(value: string, withheld: ReadonlySet<string>): string | undefined {
  const pairs = value.split(";");
  const kept = pairs.filter((pair) => !withheld.has(cookieName(pair)));
  if (kept.length === pairs.length) return value;
  const left = kept.join(";");
  if (/^[\s;]*$/.test(left)) return undefined;
  // The blank behind a `;` that is gone.
  return kept[0] === pairs[0] ? left : left.replace(/^[ \t]+/, "");
}

/** Whether a Set-Cookie would set one of them. */
export function setsCookie(value: string, withheld: ReadonlySet<string>): boolean {
  const end = value.indexOf(";");
  return withheld.has(cookieName(end < 0 ? value : value.slice(0, end)));
}

/** A Clear-Site-Data field that ends no cookies: with the API's own it would end those of everybody who is signed in. Undefined where nothing is left. */
export function withoutCookiesCleared(value: string): string | undefined {
  const kept = value.split(",").flatMap((type) => {
    const what = type.trim();
    if (/^"?\*"?$/.test(what)) return ['"cache"', '"storage"'];
    return /^"?cookies"?$/i.test(what) ? [] : [what];
  });
  return kept.length === 0 ? undefined : [...new Set(kept)].join(", ");
}

/**
 * The name that somebody could take the pair for, in lower case. Browsers cut blanks off around it and send a nameless cookie as
 * its bare value, so that `=name=x` comes back as `name=x` (RFC 6265bis 5.6, 8.8); servers cut off more kinds of blanks.
 */
function cookieName(pair: string): string {
  const from = pair.replace(/^[\s=]+/, "");
  const end = from.indexOf("=");
  return (end < 0 ? from : from.slice(0, end)).trimEnd().toLowerCase();
}
