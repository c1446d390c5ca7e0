// Guards what the document does not list: paths and methods that no operation has.
import type { RequestGuard } from "../core/guard.ts";
import { deny } from "../core/outcome.ts";

/** For requests that match no path of the document. */
export function operationUndeclaredGuard(mode: RequestGuard["mode"]): RequestGuard {
  const denial = deny("validation.operation-undeclared");
  return Object.freeze({
    practice: "validation",
    name: "validation.operation-undeclared",
    mode,
    check: () => denial,
  } as const);
}

/** For requests whose path is declared with other methods; Allow lists those (RFC 9110 15.5.6). */
export function methodUndeclaredGuard(mode: RequestGuard["mode"]): RequestGuard {
  return Object.freeze({
    practice: "validation",
    name: "validation.method-undeclared",
    mode,
    check: (exchange) => deny("validation.method-undeclared", { lines: ["Allow", exchange.allow ?? ""] }),
  } as const satisfies RequestGuard);
}
