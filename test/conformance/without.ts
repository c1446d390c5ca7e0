// Takes guards out of a compiled policy: what they hold off must then get through, or nothing is proven.
import { bindGate, type Gate } from "../../src/core/gate.ts";
import type { Policy } from "../../src/core/policy.ts";
import type { Change } from "./contenders.ts";

/** A runner: the guards of these names are in no gate. */
export function without(names: readonly string[]): Change {
  const kept = <T extends { readonly name: string }>(guards: readonly T[]) =>
    guards.filter((guard) => !names.includes(guard.name));
  const bind = (gate: Gate) =>
    bindGate({ ...gate, head: kept(gate.head), body: kept(gate.body), response: kept(gate.response) });
  return (policy: Policy) => {
    const bound = new Map<Gate, Gate>();
    const enter: Policy["enter"] = (exchange) => {
      const gate = policy.enter(exchange);
      const known = bound.get(gate) ?? bind(gate);
      bound.set(gate, known);
      return known;
    };
    return { version: policy.version, refused: bind(policy.refused), enter };
  };
}
