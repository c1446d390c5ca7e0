// The compiled policy: finds the gate of a request.
import type { Exchange } from "../../core/exchange.ts";
import type { Gate } from "../../core/gate.ts";
import type { Policy } from "../../core/policy.ts";
import type { TraceSampler } from "../../monitoring/index.ts";
import { Matcher } from "../../openapi/matcher.ts";
import { preflightMethod } from "../../transport/cors.ts";
import { routesOf } from "../../openapi/operations.ts";
import type { Operation } from "../../openapi/operation.ts";
import type { IdentityRoute } from "./identity-gates.ts";

export interface PolicyParts {
  readonly version: string;
  readonly gates: ReadonlyMap<Operation, Gate>;
  /** Of the built-in authorization server; none where there is none. */
  readonly identity: readonly IdentityRoute[];
  /** By the gate of the operation that they ask for. */
  readonly preflights: ReadonlyMap<Gate, Gate>;
  /** Undefined where no exchange is traced in detail. */
  readonly sampler: TraceSampler | undefined;
  readonly undeclared: { readonly operation: Gate; readonly method: Gate; readonly refused: Gate };
}

export class CompiledPolicy implements Policy {
  readonly version: string;
  readonly refused: Gate;
  readonly #matcher: Matcher<Gate>;
  readonly #operationUndeclared: Gate;
  readonly #methodUndeclared: Gate;
  /** Undefined where no page of another origin may use anything. */
  readonly #preflights: ReadonlyMap<Gate, Gate> | undefined;

  readonly #sampler: TraceSampler | undefined;

  constructor({ version, gates, preflights, identity, sampler, undeclared }: PolicyParts) {
    this.version = version;
    this.refused = undeclared.refused;
    this.#sampler = sampler;
    this.#operationUndeclared = undeclared.operation;
    this.#methodUndeclared = undeclared.method;
    this.#preflights = preflights.size === 0 ? undefined : preflights;
    this.#matcher = new Matcher([
      ...routesOf([...gates.keys()]).map((route) => ({ ...route, value: gates.get(route.value) as Gate })),
      ...identity.map(({ method, template, gate }) => ({ method, template, value: gate })),
    ]);
  }

  enter(exchange: Exchange): Gate {
    exchange.policyVersion = this.version;
    if (this.#sampler !== undefined) this.#sampler.begin(exchange);
    const preflight = this.#preflights === undefined ? undefined : this.#preflight(exchange, this.#preflights);
    if (preflight !== undefined) return preflight;
    const found = this.#matcher.match(exchange.request.method, exchange.request.path);
    if (found === undefined) return this.#operationUndeclared;
    if ("allow" in found) {
      exchange.allow = found.allow;
      return this.#methodUndeclared;
    }
    exchange.operation = found.value.operation;
    exchange.pathParameters = found.parameters;
    return found.value;
  }

  /** A preflight belongs to the operation that it asks for. */
  #preflight(exchange: Exchange, preflights: ReadonlyMap<Gate, Gate>): Gate | undefined {
    const method = preflightMethod(exchange.request);
    const found = method === undefined ? undefined : this.#matcher.match(method, exchange.request.path);
    if (found === undefined || "allow" in found) return undefined;
    const gate = preflights.get(found.value);
    if (gate === undefined) return undefined;
    exchange.operation = found.value.operation;
    exchange.pathParameters = found.parameters;
    return gate;
  }
}
