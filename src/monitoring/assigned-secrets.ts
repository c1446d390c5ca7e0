// Guards against secrets that a text gives a name: `password=…`, `Cookie: …`, a member of JSON, also of JSON within JSON.
import { isSecretName, MAY_NAME_SECRET } from "./secret-names.ts";

/** What stands where a secret was. */
export const MASK = "[masked]";

/** A name and its `=` or `:`; it begins where no name is under way, so that each is looked at once. */
const ASSIGNMENT = /(?<![\w$-])([\w$-]+)\]?\\*["']?\s*[=:]\s*/g;
/** A text in quotes ends where the text around it does, at the latest: it may have been cut. */
const QUOTED = /"(?:[^"\\]|\\.)*(?:"|$)|(\\+)"[^]*?(?:(?<!\\)\1"|$)|'[^']*(?:'|$)/y;
const WORD = /[^\s,;&]+/y;
/** Cookies are many, and what follows the first is as secret. */
const COOKIES = /(?:[^\s;"]|"[^"]*")+(?:\s*;\s*(?:[^\s;"]|"[^"]*")+)*/y;
/** A scheme, then a credential or parameters. */
const AUTHORIZATION = /(?:[^\s;,"]|"[^"]*")+(?:[ \t]+(?:[^\s;,"]|"[^"]*")+)?(?:\s*[;,]\s*(?:[^\s;,"]|"[^"]*")+)*/y;

export function withoutAssigned(text: string): string {
  if (!MAY_NAME_SECRET.test(text)) return text;
  let shown = "";
  let from = 0;
  ASSIGNMENT.lastIndex = 0;
  for (let found = ASSIGNMENT.exec(text); found !== null; found = ASSIGNMENT.exec(text)) {
    const name = found[1] as string;
    // `\n` of JSON within a text is no part of the name behind it.
    const isSecret = isSecretName(name) || (text[found.index - 1] === "\\" && isSecretName(name.slice(1)));
    const at = ASSIGNMENT.lastIndex;
    const end = isSecret ? endOfValue(text, at, name.toLowerCase()) : at;
    if (end === at) continue;
    shown += text.slice(from, at) + MASK;
    from = end;
    ASSIGNMENT.lastIndex = end;
  }
  return from === 0 ? text : shown + text.slice(from);
}

function endOfValue(text: string, at: number, name: string): number {
  if (text[at] === "{" || text[at] === "[") return endOfBrackets(text, at);
  const bare = name.endsWith("cookie") ? COOKIES : name.endsWith("authorization") ? AUTHORIZATION : WORD;
  return ended(QUOTED, text, at) ?? ended(bare, text, at) ?? ended(WORD, text, at) ?? at;
}

function ended(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

/** Brackets in quotes do not count. Within JSON within a text the quotes are escaped, all alike. */
function endOfBrackets(text: string, at: number): number {
  let depth = 0;
  let quote: number | undefined;
  let isQuoted = false;
  let backslashes = 0;
  for (let i = at; i < text.length; i += 1) {
    const character = text[i];
    if (character === '"') {
      quote ??= backslashes;
      if (backslashes === quote) isQuoted = !isQuoted;
    } else if (!isQuoted && (character === "{" || character === "[")) depth += 1;
    else if (!isQuoted && (character === "}" || character === "]") && (depth -= 1) === 0) return i + 1;
    backslashes = character === "\\" ? backslashes + 1 : 0;
  }
  return text.length;
}
