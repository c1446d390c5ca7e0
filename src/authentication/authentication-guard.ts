// The guard that asks for credentials: which alternative of the operation's `security` is met, and who is calling.
import type { Credential, Exchange } from "../core/exchange.ts";
import type { RequestGuard } from "../core/guard.ts";
import { CONTINUE, type Denial, deny, type Outcome } from "../core/outcome.ts";
import type { SecurityAlternative, SecurityAlternatives } from "../core/security.ts";
import { type Authenticated, type Authenticator, isDenial } from "./authenticator.ts";
import { Carriers } from "./carriers.ts";
import { worstOf } from "./failures.ts";

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
  const judge = new Judge(options.alternatives, schemes, missing(asked), new Carriers(asked), options.mode);
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
  const challenges = new Set(asked.flatMap((authenticator) => authenticator.challenges));
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

interface Placed {
  readonly alternative: SecurityAlternative;
  /** Places of its schemes in the results. */
  readonly at: readonly number[];
}

class Judge {
  readonly #alternatives: readonly Placed[];
  readonly #anonymous: boolean;
  readonly #missing: Denial;
  readonly #carriers: Carriers;
  readonly #withholds: boolean;

  constructor(
    alternatives: SecurityAlternatives,
    schemes: readonly string[],
    missing: Denial,
    carriers: Carriers,
    mode: AuthenticationGuardOptions["mode"],
  ) {
    this.#alternatives = alternatives
      .filter((alternative) => alternative.length > 0)
      .map((alternative) => ({ alternative, at: alternative.map(({ scheme }) => schemes.indexOf(scheme)) }));
    this.#anonymous = alternatives.some((alternative) => alternative.length === 0);
    this.#missing = missing;
    this.#carriers = carriers;
    this.#withholds = mode === "enforce";
  }

  settle(exchange: Exchange, results: readonly Authenticated[]): Outcome {
    const failure = worstOf(results);
    // Beside a credential that holds, a bad one would go on to an API that may believe it.
    const stray = failure === undefined ? undefined : this.#carriers.strayOf(results);
    let proven: { placed: Placed; credentials: readonly Credential[] } | undefined;
    for (const placed of this.#alternatives) {
      const credentials = provenOf(placed.at, results);
      if (credentials === undefined) continue;
      if (scopesHold(placed.alternative, credentials))
        return stray ?? this.#accept(exchange, placed, credentials, results);
      proven ??= { placed, credentials };
    }
    // A credential that failed is never taken for none: who presents a bad one is no anonymous caller.
    if (this.#anonymous && failure === undefined) return this.#accept(exchange, NOBODY, NO_CREDENTIALS, results);
    if (proven !== undefined) return stray ?? this.#accept(exchange, proven.placed, proven.credentials, results);
    return failure ?? this.#missing;
  }

  #accept(
    exchange: Exchange,
    met: Placed,
    credentials: readonly Credential[],
    results: readonly Authenticated[],
  ): Outcome {
    if (this.#withholds) this.#carriers.withholdUnproven(exchange, this.#countedOf(met, results));
    exchange.alternative = met.alternative;
    exchange.credentials = credentials;
    const named = credentials.find(({ principal }) => principal.subject !== undefined) ?? credentials[0];
    if (named !== undefined) exchange.principal = named.principal;
    return CONTINUE;
  }

  /**
   * The results without what holds and does not do for this operation: a token that lacks its scope, half of a combination. Beside an
   * alternative that is met, or none that is asked for, an API that reads it would go beyond what its document allows.
   */
  #countedOf(met: Placed, results: readonly Authenticated[]): readonly Authenticated[] {
    if (met.at.length === results.length) return results;
    const isBeside = (result: Authenticated, index: number): boolean =>
      result !== undefined && !isDenial(result) && !met.at.includes(index);
    if (!results.some(isBeside)) return results;
    const counted = this.#alternatives.flatMap(({ alternative, at }) => {
      const credentials = provenOf(at, results);
      return credentials !== undefined && scopesHold(alternative, credentials) ? at : [];
    });
    return results.map((result, index) => (isBeside(result, index) && !counted.includes(index) ? undefined : result));
  }
}

const NOBODY: Placed = Object.freeze({ alternative: Object.freeze([]) as SecurityAlternative, at: Object.freeze([]) });
const NO_CREDENTIALS: readonly Credential[] = Object.freeze([]) as readonly Credential[];

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

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return value instanceof Promise;
}
