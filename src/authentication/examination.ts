// What the gate would say of a token, for the owner of both: `explain --as`. It is never part of a gate that serves.
import type { Exchange } from "../core/exchange.ts";
import { deny } from "../core/outcome.ts";
import type { Authenticated, Authenticator } from "./authenticator.ts";
import { bearerToken } from "./bearer.ts";
import { jwtAuthenticator } from "./jwt-authenticator.ts";
import { type JwtAuthenticatorOptions, jwtRules } from "./jwt-options.ts";
import { judgePayload, readToken } from "./token-judgement.ts";

/**
 * Judges by the keys that are at hand. Where they are not, all but the signature is judged, and `onUnchecked` is told: offline nobody
 * can know more.
 */
export function examiningAuthenticator(options: JwtAuthenticatorOptions, onUnchecked: () => void): Authenticator {
  const real = jwtAuthenticator(options);
  const rules = jwtRules(options);
  return {
    scheme: real.scheme,
    challenge: real.challenge,
    carriedBy: real.carriedBy,
    authenticate(exchange: Exchange): Authenticated | Promise<Authenticated> {
      const token = bearerToken(exchange.request.fields);
      if (options.keys.state() === "fresh" || typeof token !== "string") return real.authenticate(exchange);
      const read = readToken(token, rules);
      const judged =
        "reason" in read ? read : judgePayload(read.jws.payload, options.scheme, rules, options.clock.nowMs());
      if ("reason" in judged) return deny(judged.reason, { internal: judged.why });
      onUnchecked();
      return judged;
    },
  };
}
