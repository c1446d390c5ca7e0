// The guard that tells the API who is calling. It comes last in the head phase: nothing is said or signed for who is refused.
import type { RequestGuard } from "../core/guard.ts";
import { CONTINUE } from "../core/outcome.ts";
import { CallerFields } from "./caller-fields.ts";
import type { CallerTokens } from "./caller-tokens.ts";

export interface ForwardOptions {
  readonly fields: boolean;
  readonly tokens: CallerTokens | undefined;
  readonly mode: RequestGuard["mode"];
}

/** Of a caller who is not known nothing is told: then none of the fields is there. */
export function forwardGuard({ fields, tokens, mode }: ForwardOptions): RequestGuard {
  const known = fields ? new CallerFields() : undefined;
  return {
    practice: "authentication",
    name: "authentication.forward",
    mode,
    check(exchange) {
      if (exchange.principal.kind === "anonymous") return CONTINUE;
      if (known !== undefined) exchange.setUpstreamFields(known.of(exchange.principal));
      if (tokens !== undefined) exchange.setUpstreamField("X-Portcullis-Token", tokens.for(exchange));
      return CONTINUE;
    },
  };
}
