// What an authenticator is: it proves, for one security scheme of the document, who is calling.
import type { Credential, Exchange } from "../core/exchange.ts";
import type { Denial } from "../core/outcome.ts";

/** Undefined: no credential of this kind was sent. A denial: one was sent and does not hold, or nobody can tell. */
export type Authenticated = Credential | Denial | undefined;

export interface Authenticator {
  /** Name of the security scheme in the document. */
  readonly scheme: string;
  /** For WWW-Authenticate where nothing was sent, one for each way to send it: without error members (RFC 6750 3.1). */
  readonly challenges: readonly string[];
  /** Where its credential is sent: a field's name in lower case, or `cookie sid` and `query key`, which no field is called. */
  readonly carriedBy: string;
  /** A field that proves the credential where it is bound to a key, in lower case: beside any other it proves nothing. */
  readonly provenBy?: string | undefined;
  authenticate(exchange: Exchange): Authenticated | Promise<Authenticated>;
}

export function isDenial(result: Credential | Denial): result is Denial {
  return "kind" in result;
}
