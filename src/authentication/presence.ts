// Whether a credential that only the API behind can check was sent at all, and in one piece.
import type { RequestHead } from "../core/exchange.ts";
import { credentialsOf, SEVERAL, singleAuthorization } from "./bearer.ts";

/** Where the document says that the credential is carried (OpenAPI 4.8.27). */
export type Carrier =
  | { readonly in: "authorization"; /** Lower case. */ readonly scheme: string }
  | { readonly in: "header" | "query" | "cookie"; readonly name: string };

/** As authenticators say it. */
export function carriedBy(carrier: Carrier): string {
  if (carrier.in === "authorization") return carrier.in;
  return carrier.in === "header" ? carrier.name.toLowerCase() : `${carrier.in} ${carrier.name}`;
}

/** `malformed`: sent empty or more than once, so that gate and API could mean different ones. */
export type Presence = "absent" | "present" | "malformed";

export function presenceOf(request: RequestHead, carrier: Carrier): Presence {
  if (carrier.in === "authorization") {
    const value = singleAuthorization(request.fields);
    if (value === SEVERAL) return "malformed";
    const credentials = value === undefined ? undefined : credentialsOf(value, carrier.scheme);
    if (credentials === undefined) return "absent";
    return credentials === "" ? "malformed" : "present";
  }
  if (carrier.in === "header") return judge(request.fields.all(carrier.name.toLowerCase()));
  if (carrier.in === "query") return judge(pairs(request.query ?? "", "&", carrier.name, true));
  return judge(request.fields.all("cookie").flatMap((line) => pairs(line, ";", carrier.name, false)));
}

function judge(values: readonly string[]): Presence {
  if (values.length === 0) return "absent";
  return values.length === 1 && values[0] !== "" ? "present" : "malformed";
}

function pairs(text: string, separator: string, name: string, encoded: boolean): string[] {
  const values: string[] = [];
  for (const pair of text.split(separator)) {
    const equals = pair.indexOf("=");
    const left = equals < 0 ? pair : pair.slice(0, equals);
    if ((encoded ? decoded(left) : left.trim()) === name) values.push(equals < 0 ? "" : pair.slice(equals + 1).trim());
  }
  return values;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}
