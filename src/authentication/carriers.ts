// Guards what is sent beside the credential that counts: an API that reads tokens without verifying them would believe it (J26).
import type { Exchange } from "../core/exchange.ts";
import type { Denial } from "../core/outcome.ts";
import { type Authenticated, type Authenticator, isDenial } from "./authenticator.ts";
import { isOutage, worseOf } from "./failures.ts";

/** The places where an operation's credentials are sent. Two issuers share one: what holds for either is no bad credential. */
export class Carriers {
  readonly #carriers: readonly {
    readonly name: string;
    /** Otherwise a cookie, a query parameter, or nothing that anybody knows of. */
    readonly isField: boolean;
    /** Places of its schemes in the results. */
    readonly at: readonly number[];
  }[];
  /** Fields of proofs, which go with the credentials that they prove. */
  readonly #proofs: readonly string[];

  constructor(asked: readonly Authenticator[]) {
    const names = [...new Set(asked.map(({ carriedBy }) => carriedBy))];
    this.#proofs = [...new Set(asked.flatMap(({ provenBy }) => provenBy ?? []))];
    this.#carriers = names.map((name) => ({
      name,
      isField: name !== "" && !name.includes(" "),
      at: asked.flatMap(({ carriedBy }, index) => (carriedBy === name ? [index] : [])),
    }));
  }

  /** What was sent for a scheme and holds for none. What nobody could judge is none where it can be withheld instead. */
  strayOf(results: readonly Authenticated[]): Denial | undefined {
    let stray: Denial | undefined;
    for (const { isField, at } of this.#carriers) {
      if (isProven(at, results)) continue;
      for (const index of at) {
        const result = results[index];
        if (result === undefined || !isDenial(result)) continue;
        if (!isField || !isOutage(result)) stray = worseOf(stray, result);
      }
    }
    return stray;
  }

  /** Keeps back fields that may hold a credential which nobody proved: of another scheme (`Basic` beside a key), in an outage, or not for this operation. */
  withholdUnproven(exchange: Exchange, results: readonly Authenticated[]): void {
    for (const { name, isField, at } of this.#carriers) {
      if (!isField || isProven(at, results) || exchange.request.fields.get(name) === undefined) continue;
      exchange.withhold(name);
      for (const index of at) noteOutage(exchange, results[index]);
    }
    for (const name of this.#proofs) {
      if (exchange.request.fields.get(name) !== undefined && !results.some(isBound)) exchange.withhold(name);
    }
  }
}

function isProven(at: readonly number[], results: readonly Authenticated[]): boolean {
  for (const index of at) {
    const result = results[index];
    if (result !== undefined && !isDenial(result)) return true;
  }
  return false;
}

function isBound(result: Authenticated): boolean {
  return result !== undefined && !isDenial(result) && result.principal.boundTo !== undefined;
}

function noteOutage(exchange: Exchange, result: Authenticated): void {
  if (result === undefined || !isDenial(result)) return;
  const text = `${result.reason}, withheld beside a credential that holds`;
  exchange.note({ guard: "authentication.credentials", kind: "not-judged", text });
}
