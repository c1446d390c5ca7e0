// The compiled policy: finds the gate of a request.
import type { Exchange } from "../../core/exchange.ts";
import type { Gate } from "../../core/gate.ts";
import type { Policy } from "../../core/policy.ts";
import { Matcher } from "../../openapi/matcher.ts";
import { routesOf } from "../../openapi/operations.ts";
import type { Operation } from "../../openapi/operation.ts";

export interface PolicyParts {
  readonly version: string;
  readonly gates: ReadonlyMap<Operation, Gate>;
  readonly undeclared: { readonly operation: Gate; readonly method: Gate; readonly refused: Gate };
}

export class CompiledPolicy implements Policy {
  readonly version: string;
  readonly refused: Gate;
  readonly #matcher: Matcher<Gate>;
  readonly #operationUndeclared: Gate;
  readonly #methodUndeclared: Gate;

  constructor({ version, gates, undeclared }: PolicyParts) {
    this.version = version;
    this.refused = undeclared.refused;
    this.#operationUndeclared = undeclared.operation;
    this.#methodUndeclared = undeclared.method;
    this.#matcher = new Matcher(
      routesOf([...gates.keys()]).map((route) => ({ ...route, value: gates.get(route.value) as Gate })),
    );
  }

  enter(exchange: Exchange): Gate {
    exchange.policyVersion = this.version;
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
}
