// Breaks single refusals: a guard that denies for one reason does not any more, everywhere. There is one for each reason of the registry.
import type { Composition } from "../../../src/configuration/compose.ts";
import type { Credential, Exchange } from "../../../src/core/exchange.ts";
import type { Gate } from "../../../src/core/gate.ts";
import type { RequestGuard } from "../../../src/core/guard.ts";
import { CONTINUE, type Outcome } from "../../../src/core/outcome.ts";
import type { ReasonCode } from "../../../src/core/reasons/registry.ts";
import {
  type Authenticated,
  type Authenticator,
  jwtAuthenticator,
  type JwtAuthenticatorOptions,
  TOKEN_PROFILES,
  TokenCache,
} from "../../../src/authentication/index.ts";
import { tokenPrincipal } from "../../../src/authentication/token-principal.ts";
import type { JsonObject } from "../../../src/cryptography/json.ts";
import { changedPolicy } from "./gate-mutants.ts";
import type { Mutant } from "./mutant.ts";

/** Refusals before a caller is known: whoever overlooks one believes what the token says. */
const OF_TOKENS: readonly ReasonCode[] = [
  "authentication.token-type-rejected",
  "authentication.algorithm-rejected",
  "authentication.key-unknown",
  "authentication.signature-invalid",
  "authentication.token-expired",
  "authentication.token-not-yet-valid",
  "authentication.issuer-rejected",
  "authentication.audience-rejected",
  "authentication.token-revoked",
  "authentication.token-malformed",
];

/** Refusals of guards that stand in front of the rest. */
const OF_GUARDS = [
  "authentication.credentials-missing",
  "authorization.scope-insufficient",
  "authorization.role-missing",
  "authorization.permission-missing",
  "rate-limiting.limit-exceeded",
  "rate-limiting.address-ceiling-exceeded",
  "rate-limiting.failed-authentication-exceeded",
  "validation.operation-undeclared",
  "validation.method-undeclared",
  "validation.request-invalid",
  "validation.body-malformed",
  "validation.body-missing",
  "validation.body-unexpected",
  "validation.media-type-unsupported",
  "validation.content-encoding-unsupported",
] as const satisfies readonly ReasonCode[];

const isOverlooked = (reason: ReasonCode): string => `everywhere: ${reason} is overlooked`;

export function reasonMutants(): Mutant[] {
  return [
    ...OF_TOKENS.map((reason): Mutant => ({
      name: isOverlooked(reason),
      operations: undefined,
      ports: (ports) => ({ ...ports, tokenAuthenticator: (options) => believing(options, reason) }),
    })),
    ...OF_GUARDS.map((reason): Mutant => ({
      name: isOverlooked(reason),
      operations: undefined,
      composition: (composition: Composition) => ({
        ...composition,
        policy: changedPolicy(composition.policy, (gate) => overlooking(gate, reason)),
      }),
    })),
  ];
}

/** A token that is refused for this reason is believed, whoever made it. */
function believing(options: JwtAuthenticatorOptions, reason: ReasonCode): Authenticator {
  const strict = jwtAuthenticator({ ...options, cache: new TokenCache() });
  const judge = (authenticated: Authenticated, exchange: Exchange): Authenticated => {
    if (authenticated === undefined || !("kind" in authenticated) || authenticated.reason !== reason)
      return authenticated;
    return believed(exchange, options) ?? authenticated;
  };
  return {
    scheme: strict.scheme,
    challenges: strict.challenges,
    carriedBy: strict.carriedBy,
    provenBy: strict.provenBy,
    authenticate: (exchange) => {
      const authenticated = strict.authenticate(exchange);
      return authenticated instanceof Promise
        ? authenticated.then((settled) => judge(settled, exchange))
        : judge(authenticated, exchange);
    },
  };
}

function believed(
  { request }: Exchange,
  { scheme, preset, claims: paths }: JwtAuthenticatorOptions,
): Credential | undefined {
  const [, token = ""] = (request.fields.get("authorization") ?? "").split(" ");
  try {
    const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as JsonObject;
    const profile = { ...TOKEN_PROFILES[preset ?? "rfc9068"], ...paths };
    const principal = tokenPrincipal(claims, scheme, profile, Date.now() + 60_000, undefined);
    return typeof principal === "string" ? undefined : { scheme, principal };
  } catch {
    return undefined;
  }
}

function overlooking(gate: Gate, reason: ReasonCode): Gate {
  const judge = (outcome: Outcome): Outcome =>
    outcome.kind === "deny" && outcome.reason === reason ? CONTINUE : outcome;
  const loosened = (guard: RequestGuard): RequestGuard => ({
    ...guard,
    // Methods of a class are not its own members.
    ...(guard.denied === undefined ? {} : { denied: guard.denied.bind(guard) }),
    practice: guard.practice,
    name: guard.name,
    mode: guard.mode,
    check: (exchange) => {
      const outcome = guard.check(exchange);
      return outcome instanceof Promise ? outcome.then(judge) : judge(outcome);
    },
  });
  return { ...gate, head: gate.head.map(loosened), body: gate.body.map(loosened) };
}
