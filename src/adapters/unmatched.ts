// Lets requests on that lie wholly outside the document; a declared path in another spelling does not (CWE-436).
import type { Gate } from "../core/gate.ts";
import { bindGate } from "../core/gate.ts";
import type { RequestGuard } from "../core/guard.ts";
import { CONTINUE, deny } from "../core/outcome.ts";
import type { ApiDescription } from "../openapi/api-description.ts";
import { Matcher } from "../openapi/matcher.ts";
import { routesOf } from "../openapi/operations.ts";

const UNDECLARED = "validation.operation-undeclared";

/**
 * Turns the gate of requests that no operation matches into one that lets them on, noted. Frameworks route `/ORDERS/` to the
 * handler of `/orders`: what would be a declared path if letter case, encoding and a trailing slash did not count stays denied.
 */
export function outsideGates(api: ApiDescription): (denying: Gate) => Gate {
  const matcher = new Matcher(routesOf(api.operations));
  const denial = deny(UNDECLARED, { internal: "a declared path in another spelling" });
  const outside: RequestGuard = {
    practice: "validation",
    name: UNDECLARED,
    mode: "enforce",
    check: (exchange) => {
      if (matcher.resembles(exchange.request.path)) return denial;
      exchange.note({ guard: UNDECLARED, kind: "noticed", text: "let through: no operation matches" });
      return CONTINUE;
    },
  };
  const made = new WeakMap<Gate, Gate>();
  return (denying) => {
    let gate = made.get(denying);
    if (gate === undefined) {
      const head = denying.head.map((guard) => (guard.name === UNDECLARED ? outside : guard));
      // The document says nothing of these bodies: neither whether there is one, nor how large it may be.
      // Which pages may use them is the application's to say as well.
      const response = denying.response.filter(({ name }) => name !== "transport.cors");
      gate = bindGate({ ...denying, head, response, bodyBytesMax: Number.MAX_SAFE_INTEGER });
      made.set(denying, gate);
    }
    return gate;
  };
}
