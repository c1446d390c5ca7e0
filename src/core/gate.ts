// The guards that one operation needs, in order, bound once when the policy is compiled.
import type { OperationName } from "./exchange.ts";
import type { RequestGuard, ResponseGuard } from "./guard.ts";
import type { Mode } from "./practice.ts";

/** Request fields that an operation lets pass, or keeps back, otherwise than transport would; in lower case. */
export interface DeclaredFields {
  /** Declared, with other characters than letters, digits and hyphens: `api_key`. */
  readonly unusual: ReadonlySet<string>;
  /** What such a name becomes to CGI and its kin, unless it is declared itself: `api-key`. Credentials that the API does not get, or that nobody asked for. */
  readonly withheld: ReadonlySet<string>;
}

export interface Gate {
  /** Undefined for the gates of requests that match no operation. */
  readonly operation: OperationName | undefined;
  /** Before the body: ceilings, authentication, limits, authorization, parameters, what the head says of the body. */
  readonly head: readonly RequestGuard[];
  /** With the body read. They are asked only when `exchange.body` is `read` or `none`. */
  readonly body: readonly RequestGuard[];
  readonly response: readonly ResponseGuard[];
  /** Limit of the request's body in bytes, read or streamed. */
  readonly bodyBytesMax: number;
  /** In `monitor` a larger body is noted and streams on unseen: only where no body guard enforces. */
  readonly bodyLimitMode: Exclude<Mode, "off">;
  /** Largest answer whose body is kept for response guards. */
  readonly answerBytesMax: number;
  /** Left out where the operation declares no such field. */
  readonly declaredFields?: DeclaredFields | undefined;
  /** Lower-case names of cookies that its upstream neither gets nor sets; left out where there are none. */
  readonly withheldCookies?: ReadonlySet<string> | undefined;
  /** Where its requests go: to the API, or to the built-in authorization server. */
  readonly destination: Destination;
  /** Whether an answer of this gate may be held back for an enforcing guard: then it is asked for unencoded. */
  readonly buffersAnswer: boolean;
}

export type Destination = "api" | "identity";

type GateParts = Omit<Gate, "buffersAnswer" | "destination"> & { readonly destination?: Destination };

/** Binds a gate; what can be derived is derived here, and combinations that would open a door are refused. */
export function bindGate(parts: GateParts): Gate {
  if (parts.bodyLimitMode === "monitor" && parts.body.some((guard) => guard.mode === "enforce")) {
    throw new Error("A body limit in monitor would let a padded body past the body guards that enforce.");
  }
  const buffersAnswer = parts.response.some((guard) => guard.mode === "enforce" && guard.body !== undefined);
  return Object.freeze({ destination: "api" as const, ...parts, buffersAnswer });
}
