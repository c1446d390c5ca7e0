// For schemes that the owner declared "checked by the upstream": the credential must be there; whether it holds, the API says.
import type { Credential, Exchange } from "../core/exchange.ts";
import { type Denial, deny } from "../core/outcome.ts";
import { ANONYMOUS } from "../core/principal.ts";
import type { Authenticated, Authenticator } from "./authenticator.ts";
import { challenge } from "./challenge.ts";
import { carriedBy, type Carrier, presenceOf } from "./presence.ts";

export interface PassThroughOptions {
  /** Name of the security scheme in the document. */
  readonly scheme: string;
  readonly carrier: Carrier;
  readonly realm?: string;
}

/** The caller stays unknown (no subject, no scopes): limits go by address. */
export function passThroughAuthenticator(options: PassThroughOptions): Authenticator {
  const { scheme, carrier } = options;
  const realm = options.realm ?? scheme;
  const asked = challengeOf(carrier, realm);
  const principal = Object.freeze({ ...ANONYMOUS, scheme, method: "upstream" as const });
  const credential: Credential = Object.freeze({ scheme, principal });
  const malformed: Denial = deny("authentication.credentials-malformed", {
    lines: ["WWW-Authenticate", asked],
    internal: "sent empty or more than once",
  });
  return {
    scheme,
    challenges: [asked],
    carriedBy: carriedBy(carrier),
    authenticate(exchange: Exchange): Authenticated {
      const presence = presenceOf(exchange.request, carrier);
      if (presence === "absent") return undefined;
      return presence === "present" ? credential : malformed;
    },
  };
}

function challengeOf(carrier: Carrier, realm: string): string {
  if (carrier.in !== "authorization") return challenge("ApiKey", { realm, in: carrier.in, name: carrier.name });
  if (carrier.scheme === "basic") return challenge("Basic", { realm, charset: "UTF-8" });
  const name = carrier.scheme === "bearer" ? "Bearer" : carrier.scheme;
  return challenge(name, { realm });
}
