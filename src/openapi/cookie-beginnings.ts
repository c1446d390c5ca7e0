// Finds declared cookies where only some readers see one begin: inside of another, behind white space or a comma (I10).
import type { Fields } from "../http/fields.ts";
import type { Cookies } from "./parameter-field.ts";

/**
 * Python's own reader (aiohttp, Tornado, Bottle) begins a cookie behind white space too, Django and Starlette cut white space of
 * Unicode off names: to others, its bytes are letters.
 */
export class CookieBeginnings {
  readonly #beginnings: RegExp | undefined;

  constructor(names: Iterable<string>) {
    const written = [...names].map((name) => name.replaceAll(/\W/g, String.raw`\$&`)).join("|");
    if (written === "") return;
    this.#beginnings = new RegExp(String.raw`(?:^|[;,]|[^\x21-\x7e])(${written})(?=[^\x21-\x7e]*=)`, "g");
  }

  /** A name that begins more often than the cookies have it. */
  hidden(fields: Fields, cookies: Cookies): string | undefined {
    if (this.#beginnings === undefined) return undefined;
    const found = new Map<string, number>();
    for (const line of fields.all("cookie")) {
      for (const match of line.matchAll(this.#beginnings)) {
        const name = match[1] as string;
        const count = (found.get(name) ?? 0) + 1;
        if (count > (cookies.get(name)?.length ?? 0)) return name;
        found.set(name, count);
      }
    }
    return undefined;
  }
}
