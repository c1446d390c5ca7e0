// The guard that asks for credentials: which alternative of the operation's `security` is met, and who is calling.
import type { Credential, Exchange } from "../core/exchange.ts";
import type { RequestGuard } from "../core/guard.ts";
import { CONTINUE, type Denial, deny, type Outcome } from "../core/outcome.ts";
import { REASONS } from "../core/reasons/registry.ts";
import type { SecurityAlternative, SecurityAlternatives } from "../core/security.ts";
import { type Authenticated, type Authenticator, isDenial } from "./authenticator.ts";

export interface AuthenticationGuardOptions {
  readonly alternatives: SecurityAlternatives;
  readonly authenticators: ReadonlyMap<string, Authenticator>;
  readonly mode: "enforce" | "monitor";
}

/** Every scheme of the alternatives must have its authenticator: one that is missing is a bug of composition and throws. */
export function authenticationGuard(options: AuthenticationGuardOptions): RequestGuard {
  const schemes = [...new Set(options.alternatives.flat().map((requirement) => requirement.scheme))];
  const asked = schemes.map((scheme) => {
    const authenticator = options.authenticators.get(scheme);
    if (authenticator === undefined) throw new Error(`no authenticator for the security scheme ${scheme}`);
    return authenticator;
  });
  const judge = new Judge(options.alternatives, schemes, missing(asked));
  return {
    practice: "authentication",
    name: "authentication.credentials",
    mode: options.mode,
    check(exchange) {
      if (options.alternatives.length === 0) return CONTINUE; // `security: []`: public
      return collect(asked, exchange, judge);
    },
  };
}

function missing(asked: readonly Authenticator[]): Denial {
  const challenges = new Set(asked.map((authenticator) => authenticator.challenge).filter((text) => text !== ""));
  return deny("authentication.credentials-missing", {
    lines: [...challenges].flatMap((text) => ["WWW-Authenticate", text]),
  });
}

/** Asks every scheme once; answers at once where all do. */
function collect(asked: readonly Authenticator[], exchange: Exchange, judge: Judge): Outcome | Promise<Outcome> {
  const only = asked[0];
  if (asked.length === 1 && only !== undefined) {
    const result = only.authenticate(exchange);
    return isPromise(result)
      ? result.then((settled) => judge.settle(exchange, [settled]))
      : judge.settle(exchange, [result]);
  }
  const results = asked.map((authenticator) => authenticator.authenticate(exchange));
  if (results.some(isPromise))
    return Promise.all(results.map((result) => Promise.resolve(result))).then((settled) =>
      judge.settle(exchange, settled),
    );
  return judge.settle(exchange, results as readonly Authenticated[]);
}

class Judge {
  readonly #alternatives: readonly { readonly alternative: SecurityAlternative; readonly at: readonly number[] }[];
  readonly #anonymous: boolean;
  readonly #missing: Denial;

  constructor(alternatives: SecurityAlternatives, schemes: readonly string[], missing: Denial) {
    this.#alternatives = alternatives
      .filter((alternative) => alternative.length > 0)
      .map((alternative) => ({ alternative, at: alternative.map(({ scheme }) => schemes.indexOf(scheme)) }));
    this.#anonymous = alternatives.some((alternative) => alternative.length === 0);
    this.#missing = missing;
  }

  settle(exchange: Exchange, results: readonly Authenticated[]): Outcome {
    let proven: { alternative: SecurityAlternative; credentials: readonly Credential[] } | undefined;
    for (const { alternative, at } of this.#alternatives) {
      const credentials = provenOf(at, results);
      if (credentials === undefined) continue;
      if (scopesHold(alternative, credentials)) return accept(exchange, alternative, credentials);
      proven ??= { alternative, credentials };
    }
    // A credential that failed is never taken for none: who presents a bad one is no anonymous caller.
    const failure = worstOf(results);
    if (this.#anonymous && failure === undefined) return accept(exchange, NOBODY, NO_CREDENTIALS);
    if (proven !== undefined) return accept(exchange, proven.alternative, proven.credentials);
    return failure ?? this.#missing;
  }
}

const NOBODY: SecurityAlternative = Object.freeze([]) as SecurityAlternative;
const NO_CREDENTIALS: readonly Credential[] = Object.freeze([]) as readonly Credential[];

function accept(exchange: Exchange, alternative: SecurityAlternative, credentials: readonly Credential[]): Outcome {
  exchange.alternative = alternative;
  exchange.credentials = credentials;
  const named = credentials.find(({ principal }) => principal.subject !== undefined) ?? credentials[0];
  if (named !== undefined) exchange.principal = named.principal;
  return CONTINUE;
}

function provenOf(at: readonly number[], results: readonly Authenticated[]): readonly Credential[] | undefined {
  const credentials: Credential[] = [];
  for (const index of at) {
    const result = results[index];
    if (result === undefined || isDenial(result)) return undefined;
    credentials.push(result);
  }
  return credentials;
}

/** What only the API behind can check has no scopes that could be judged here. */
function scopesHold(alternative: SecurityAlternative, credentials: readonly Credential[]): boolean {
  return alternative.every(({ scopes }, index) => {
    const { principal } = credentials[index] as Credential;
    return principal.method === "upstream" || scopes.every((scope) => principal.scopes.has(scope));
  });
}

/** "Cannot tell" before "no", or an outage would look like a bad token; "not of this issuer" last: it says the least. */
function worstOf(results: readonly Authenticated[]): Denial | undefined {
  let worst: Denial | undefined;
  for (const result of results) {
    if (result === undefined || !isDenial(result)) continue;
    if (worst === undefined || rank(result) > rank(worst)) worst = result;
  }
  return worst;
}

function rank(denial: Denial): number {
  if (denial.reason === "authentication.issuer-rejected") return 0;
  return REASONS[denial.reason].status === 503 ? 2 : 1;
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return value instanceof Promise;
}
