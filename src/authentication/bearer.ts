// Finds the bearer token of a request (RFC 6750 2.1): in the one Authorization field and nowhere else (J25, J26).
import type { Fields } from "../http/fields.ts";

const SCHEME = "bearer";

/** More than one Authorization field: nobody can say which one counts. */
export const SEVERAL: unique symbol = Symbol("several");

/** Whether exactly one Authorization field is there, and its value. */
export function singleAuthorization(fields: Fields): string | typeof SEVERAL | undefined {
  const value = fields.get("authorization");
  if (value === undefined) return undefined;
  return fields.count("authorization") === 1 ? value : SEVERAL;
}

/** The credentials behind an authentication scheme, undefined where the field names another scheme. */
export function credentialsOf(value: string, scheme: string): string | undefined {
  if (value.length < scheme.length) return undefined;
  if (value.slice(0, scheme.length).toLowerCase() !== scheme) return undefined;
  if (value.length === scheme.length) return "";
  if (value.charCodeAt(scheme.length) !== 0x20) {
    // `Bearer,Bearer` or `Bearer:x` are no other scheme's name: names are tokens (RFC 9110 5.6.2, 11.1).
    return isTokenCharacter(value.charCodeAt(scheme.length)) ? undefined : "";
  }
  let start = scheme.length + 1;
  while (value.charCodeAt(start) === 0x20) start += 1;
  return value.slice(start);
}

/** The text of a bearer token, `""` where there is none behind the scheme. Its own grammar is the JWS reader's matter. */
export function bearerToken(fields: Fields): string | typeof SEVERAL | undefined {
  const value = singleAuthorization(fields);
  if (value === undefined || value === SEVERAL) return value;
  return credentialsOf(value, SCHEME);
}

/** The text of an access token, sent as Bearer or as DPoP; undefined where none is. */
export function tokenIn(fields: Fields): string | undefined {
  const value = singleAuthorization(fields);
  if (value === undefined || value === SEVERAL) return undefined;
  return credentialsOf(value, SCHEME) ?? credentialsOf(value, "dpop");
}

function isTokenCharacter(code: number): boolean {
  if (code >= 0x30 && code <= 0x39) return true;
  if ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a) return true;
  return "!#$%&'*+-.^_`|~".includes(String.fromCharCode(code));
}
