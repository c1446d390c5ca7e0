// Authorization alone, as Express middlewares: the scopes and roles that a route asks for.
import type { RequestHandler } from "express";
import { authorizationGuards, compileRoles } from "../authorization/index.ts";
import type { RequestGuard } from "../core/guard.ts";
import type { SecurityAlternative } from "../core/security.ts";
import { checkNames, making, misplaced } from "./express-options.ts";
import { Entrance, type Passage, passGuards } from "./express-passage.ts";

const NO_ROLES = compileRoles({});
const SCHEME = "bearer";

/** Refuses with 403 whose token lacks one of these scopes. Needs `authenticate()` before it. */
export function requireScopes(...scopes: readonly string[]): RequestHandler {
  return making("requireScopes", () => {
    checkNames("scopes", scopes);
    const asked: SecurityAlternative = [{ scheme: SCHEME, scopes }];
    const guards = authorizationGuards({ alternatives: [asked], table: NO_ROLES, mode: "enforce" });
    // What the route asks for takes the place of a document's `security`.
    return authorizing("requireScopes", guards, ({ exchange }) => void (exchange.alternative = asked));
  });
}

/** Refuses with 403 who has none of these roles. Needs `authenticate()` before it, told which claim names the roles. */
export function requireRoles(...roles: readonly string[]): RequestHandler {
  return making("requireRoles", () => {
    checkNames("roles", roles);
    const guards = authorizationGuards({ alternatives: [], roles, table: NO_ROLES, mode: "enforce" });
    return authorizing("requireRoles", guards, ({ readsRoles }) => {
      if (readsRoles === true) return;
      const remedy = 'Name the claim: authenticate({ …, claims: { roles: ["roles"] } }).';
      throw misplaced("requireRoles", "roles-unread", "authenticate() reads no roles from tokens", remedy);
    });
  });
}

function authorizing(
  who: string,
  guards: readonly RequestGuard[],
  prepare: (passage: Passage) => void,
): RequestHandler {
  const entrance = new Entrance(who);
  return (request, response, next) => {
    const passage = entrance.enter(request);
    if (passage.refusal === undefined) {
      // Nobody asked who is calling: that is a route put together wrongly, not a caller without rights.
      if (passage.readsRoles === undefined) {
        throw misplaced(who, "unauthenticated", "authenticate() did not let this request pass", "Mount it before.");
      }
      prepare(passage);
    }
    passGuards(guards, passage, response, next);
  };
}
