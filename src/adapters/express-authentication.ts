// Authentication alone, as an Express middleware: access tokens of one issuer.
import type { RequestHandler } from "express";
import { authenticationGuard } from "../authentication/index.ts";
// With it comes the type of `request.principal`.
import type { ReadyHandler } from "./express.ts";
import { type AuthenticateOptions, bindIssuer } from "./express-issuer.ts";
import { making } from "./express-options.ts";
import { Entrance, passGuards } from "./express-passage.ts";

export type { AuthenticateOptions } from "./express-issuer.ts";

/** What takes the place of a document's security scheme, also as the realm of the challenge. */
const SCHEME = "bearer";

/**
 * Refuses with 401 who brings no valid access token, and sets `request.principal`. Keys are fetched at once and kept
 * fresh. Throws ProblemsError for options that cannot be meant.
 */
export function authenticate(options: AuthenticateOptions): ReadyHandler {
  return making("authenticate", () => {
    const entrance = new Entrance("authenticate", options);
    const { authenticator, readsRoles, ready, close } = bindIssuer(options, SCHEME);
    const guards = [
      authenticationGuard({
        alternatives: [[{ scheme: SCHEME, scopes: [] }]],
        authenticators: new Map([[SCHEME, authenticator]]),
        mode: "enforce",
      }),
    ];
    const handler: RequestHandler = (request, response, next) => {
      const passage = entrance.enter(request);
      passGuards(guards, passage, response, () => {
        passage.readsRoles = readsRoles;
        request.principal = passage.exchange.principal;
        next();
      });
    };
    return Object.assign(handler, { ready: () => ready, close: async () => close() });
  });
}
