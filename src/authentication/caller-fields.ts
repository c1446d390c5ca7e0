// Tells the API behind the gate who is calling, in fields of ours that no client can send (G11).
import type { Principal } from "../core/principal.ts";
import type { FieldLines } from "../http/fields.ts";

/** What goes as it is: visible ASCII but for what separates or encodes (`%`, `,`, `;`, `"`, `\`). */
const PLAIN = /^[!#$&'()*+\-./0-9:<=>?@A-Z[\]^_`a-z{|}~]*$/;
const FOREIGN = /[^!#$&'()*+\-./0-9:<=>?@A-Z[\]^_`a-z{|}~]/gu;

/** Lines by principal, which is shared by all requests of one credential: made once. */
export class CallerFields {
  readonly #known = new WeakMap<Principal, FieldLines>();

  of(principal: Principal): FieldLines {
    let lines = this.#known.get(principal);
    if (lines === undefined) this.#known.set(principal, (lines = linesFor(principal)));
    return lines;
  }
}

/** Nothing is sent for what is not known: an absent field is no empty one. */
function linesFor({
  kind,
  subject,
  issuer,
  client,
  claims,
  method,
  scopes,
  roles,
  permissions,
}: Principal): FieldLines {
  const lines = ["X-Portcullis-Caller", kind];
  const add = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== "") lines.push(`X-Portcullis-${name}`, value);
  };
  add("Subject", subject && encoded(subject));
  add("Issuer", issuer && encoded(issuer));
  add("Client", client && encoded(client));
  if (method === "api-key") add("Client-Name", encoded(claims["name"] as string));
  add("Scopes", [...scopes].map(encoded).join(" "));
  add("Roles", roles.map(encoded).join(" "));
  add("Permissions", permissions.map(encoded).join(" "));
  return Object.freeze(lines);
}

/** As `decodeURIComponent` reads it back: no line break, no separator, nothing beyond ASCII comes through. */
function encoded(text: string): string {
  return PLAIN.test(text) ? text : text.toWellFormed().replaceAll(FOREIGN, percent);
}

function percent(character: string): string {
  let text = "";
  for (const byte of Buffer.from(character, "utf8")) text += `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  return text;
}
