// What the gate would say of a token, for the owner of both: `explain --as`. It is never part of a gate that serves.
import type { Exchange } from "../core/exchange.ts";
import { type Denial, deny } from "../core/outcome.ts";
import type { Authenticated, Authenticator } from "./authenticator.ts";
import { tokenIn } from "./bearer.ts";
import { namesOfToken } from "./deny-list.ts";
import { jwtAuthenticator } from "./jwt-authenticator.ts";
import { type JwtAuthenticatorOptions, jwtRules } from "./jwt-options.ts";
import { judgePayload, readToken, type TokenFault } from "./token-judgement.ts";

/** What cannot be known without the network, or without the client's key. */
export interface Examining {
  onUnchecked(): void;
  onProofAssumed(): void;
}

/**
 * Judges by the keys that are at hand. Where they are not, all but the signature is judged, and whoever asks is told: offline nobody
 * can know more. The proof of a bound token is taken for granted, and that is told, too.
 */
export function examiningAuthenticator(options: JwtAuthenticatorOptions, told: Examining): Authenticator {
  const judge = (): undefined => {
    told.onProofAssumed();
  };
  const real = jwtAuthenticator({ ...options, proofs: { judge } });
  const rules = jwtRules(options);
  return {
    scheme: real.scheme,
    challenges: real.challenges,
    carriedBy: real.carriedBy,
    provenBy: real.provenBy,
    authenticate(exchange: Exchange): Authenticated | Promise<Authenticated> {
      const token = tokenIn(exchange.request.fields);
      if (options.keys.state() === "fresh" || token === undefined) return real.authenticate(exchange);
      const { mode } = options.dpop ?? {};
      const read = readToken(token, rules);
      if ("reason" in read) return refused(read);
      const nowMs = options.clock.nowMs();
      const judged = judgePayload(read.jws.payload, options.scheme, rules, nowMs);
      if ("reason" in judged) return refused(judged);
      const names = namesOfToken(read.jws.payload, rules.profile, read.jws.signed);
      if (options.denied?.denies(names, nowMs) === true) return deny("authentication.token-revoked");
      const isBound = judged.principal.boundTo !== undefined;
      if (isBound && mode === "off") return deny("authentication.proof-required");
      if (!isBound && mode === "require") return deny("authentication.token-unbound");
      told.onUnchecked();
      if (isBound) told.onProofAssumed();
      return judged;
    },
  };
}

function refused({ reason, why }: TokenFault): Denial {
  return deny(reason, why === undefined ? {} : { internal: why });
}
