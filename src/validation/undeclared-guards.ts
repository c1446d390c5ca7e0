// Guards what the document does not list: paths and methods that no operation has.
import type { Exchange } from "../core/exchange.ts";
import type { RequestGuard } from "../core/guard.ts";
import { deny } from "../core/outcome.ts";
import type { Undeclared } from "../core/undeclared.ts";
import { usedInQuery } from "./used-names.ts";

/** For requests that match no path of the document. */
export function operationUndeclaredGuard(mode: RequestGuard["mode"]): RequestGuard {
  const denial = deny("validation.operation-undeclared");
  const withQuery = (exchange: Exchange) => deny("validation.operation-undeclared", queryOf(exchange));
  return Object.freeze({
    practice: "validation",
    name: "validation.operation-undeclared",
    mode,
    // Who refuses does not look further: nothing of a scanner's is worth reading.
    check: mode === "enforce" ? () => denial : withQuery,
  } as const);
}

/** For requests whose path is declared with other methods; Allow lists those (RFC 9110 15.5.6). */
export function methodUndeclaredGuard(mode: RequestGuard["mode"]): RequestGuard {
  return Object.freeze({
    practice: "validation",
    name: "validation.method-undeclared",
    mode,
    check: (exchange) =>
      deny("validation.method-undeclared", {
        lines: ["Allow", exchange.allow ?? ""],
        ...(mode === "enforce" ? {} : queryOf(exchange)),
      }),
  } as const satisfies RequestGuard);
}

/** What `portcullis report` makes a proposal from. */
function queryOf({ request }: Exchange): { undeclared?: Undeclared } {
  return request.query === undefined ? {} : { undeclared: usedInQuery(request.query) };
}
