// Reads a media type strictly (RFC 9110 8.3.1): what is not exactly one type with its parameters is refused.
import { quotedEnd, unquote } from "./quoted-string.ts";
import { isBlank, isToken, isTokenCode } from "./tokens.ts";

export interface MediaType {
  /** `application/json`: lower case, without parameters. */
  readonly essence: string;
  readonly type: string;
  readonly subtype: string;
  /** Lower-case names, values as they came (quotes removed), none twice. */
  readonly parameters: ReadonlyMap<string, string>;
}

const NO_PARAMETERS: ReadonlyMap<string, string> = new Map();

/** Undefined: not a media type. Two types joined by a comma, a parameter twice, an empty parameter are none. */
export function parseMediaType(text: string): MediaType | undefined {
  let end = text.indexOf(";");
  if (end < 0) end = text.length;
  let nameEnd = end;
  while (nameEnd > 0 && isBlank(text.charCodeAt(nameEnd - 1))) nameEnd -= 1;
  const essence = text.slice(0, nameEnd).toLowerCase();
  const slash = essence.indexOf("/");
  if (slash < 0) return undefined;
  const type = essence.slice(0, slash);
  const subtype = essence.slice(slash + 1);
  if (!isToken(type) || !isToken(subtype)) return undefined;
  const parameters = end === text.length ? NO_PARAMETERS : parseParameters(text, end);
  return parameters === undefined ? undefined : { essence, type, subtype, parameters };
}

/** The type that a Content-Type value names, without parameters; undefined where it names none. */
export function essenceOf(contentType: string | undefined): string | undefined {
  return contentType === undefined ? undefined : parseMediaType(contentType)?.essence;
}

function parseParameters(text: string, start: number): Map<string, string> | undefined {
  const parameters = new Map<string, string>();
  let i = start;
  while (i < text.length) {
    if (text.charCodeAt(i) !== 0x3b) return undefined;
    i += 1;
    while (isBlank(text.charCodeAt(i))) i += 1;
    const nameStart = i;
    while (i < text.length && isTokenCode(text.charCodeAt(i))) i += 1;
    const name = text.slice(nameStart, i).toLowerCase();
    if (name === "" || parameters.has(name) || text.charCodeAt(i) !== 0x3d) return undefined;
    i += 1;
    const valueStart = i;
    if (text.charCodeAt(i) === 0x22) {
      i = quotedEnd(text, i);
      if (i < 0) return undefined;
      parameters.set(name, unquote(text, valueStart, i));
    } else {
      while (i < text.length && isTokenCode(text.charCodeAt(i))) i += 1;
      if (i === valueStart) return undefined;
      parameters.set(name, text.slice(valueStart, i));
    }
    while (isBlank(text.charCodeAt(i))) i += 1;
  }
  return parameters;
}
