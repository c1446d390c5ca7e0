// Fields of requests that the owner adds for the server's sake: names and values that HTTP can carry, and secrets out of the file.
import { name as nameOf } from "../issues.ts";
import type { KeyPath } from "../source.ts";
import type { Resolving } from "./resolving.ts";
import { resolveSecret } from "./secret.ts";

type Written = Readonly<Record<string, string | { readonly file: string }>>;

const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;
/** What the request has by itself. */
const OWN_FIELDS =
  /^(?:webhook-.*|content-.*|accept|host|connection|transfer-encoding|expect|te|trailer|upgrade|user-agent|accept-encoding)$/i;
const FIELD_VALUE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;
/** Others may stand in the configuration in clear. */
const SECRET_NAME = /auth|key|token|secret|password|cookie/i;

/** By lower-case name. */
export async function resolveFields(
  written: Written,
  at: KeyPath,
  to: Resolving,
): Promise<Readonly<Record<string, string>>> {
  const fields: Record<string, string> = {};
  for (const [name, secret] of Object.entries(written)) {
    const place = [...at, name];
    if (!FIELD_NAME.test(name)) {
      to.error(place, "invalid-value", `${nameOf(place)} is not the name of a field`, "Such as X-Api-Key.");
    } else if (OWN_FIELDS.test(name)) {
      to.error(place, "invalid-value", `${nameOf(place)} is set by the request itself`, "Leave it out.");
    }
    const isPlain = typeof secret === "string" && !SECRET_NAME.test(name);
    const value = isPlain ? secret : await resolveSecret(secret, place, to);
    if (value === undefined) continue;
    if (!FIELD_VALUE.test(value)) {
      to.error(place, "invalid-value", `${nameOf(place)} has characters that no field has`, "Visible ASCII, one line.");
    }
    fields[name.toLowerCase()] = value;
  }
  return fields;
}
