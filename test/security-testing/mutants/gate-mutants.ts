// Breaks gates: each guard of each operation missing, each bound of a gate gone. What a gate has is asked of its type.
import type { Composition } from "../../../src/configuration/compose.ts";
import { bindGate, type Gate } from "../../../src/core/gate.ts";
import type { Policy } from "../../../src/core/policy.ts";
import type { Mutant } from "./mutant.ts";

type Change = (gate: Gate) => Gate;

/** What a gate is without this member, one change for each way; none where nothing of it can be missing. */
const BROKEN: { readonly [Member in keyof Gate]-?: (gate: Gate) => readonly { what: string; change: Change }[] } = {
  operation: () => [],
  head: (gate) => guardsOf(gate, "head"),
  body: (gate) => guardsOf(gate, "body"),
  response: (gate) => guardsOf(gate, "response"),
  bodyBytesMax: () => [{ what: "no bound of the body", change: (gate) => ({ ...gate, bodyBytesMax: 2 ** 40 }) }],
  // In monitor a gate with enforcing body guards cannot be bound: the product refuses that mistake itself.
  bodyLimitMode: () => [],
  // Only guards of answers read it, and those are broken one by one.
  answerBytesMax: () => [],
  declaredFields: ({ declaredFields }) =>
    declaredFields === undefined || declaredFields.withheld.size === 0
      ? []
      : [{ what: "no field withheld", change: (gate) => ({ ...gate, declaredFields: undefined }) }],
  withheldCookies: ({ withheldCookies }) =>
    withheldCookies === undefined || withheldCookies.size === 0
      ? []
      : [{ what: "no cookie withheld", change: (gate) => ({ ...gate, withheldCookies: undefined }) }],
  destination: () => [],
  buffersAnswer: () => [],
};

/** By name: a preflight belongs to the same operation, and has other guards. Those in monitor refuse nothing that could be missed. */
function guardsOf(gate: Gate, phase: "head" | "body" | "response"): { what: string; change: Change }[] {
  const names = new Set(gate[phase].filter(({ mode }) => mode === "enforce").map(({ name }) => name));
  return [...names].map((name) => ({
    what: `${phase} without ${name}`,
    change: (changed) => ({ ...changed, [phase]: changed[phase].filter((guard) => guard.name !== name) }),
  }));
}

/** Of the gates of every operation, which `gates` names by its id. */
export function gateMutants(gates: ReadonlyMap<string, Gate>): Mutant[] {
  return [...gates].flatMap(([operation, gate]) =>
    Object.values(BROKEN).flatMap((breaks) =>
      breaks(gate).map(({ what, change }) => ({
        name: `${operation}: ${what}`,
        operations: [operation],
        composition: (composition: Composition) => ({
          ...composition,
          policy: changedPolicy(composition.policy, (one) => (one.operation?.id === operation ? change(one) : one)),
        }),
      })),
    ),
  );
}

/** Every gate of the policy as `change` makes it. */
export function changedPolicy(policy: Policy, change: Change): Policy {
  const bound = new Map<Gate, Gate>();
  const changed = (gate: Gate): Gate => {
    const known = bound.get(gate) ?? bindGate(change(gate));
    bound.set(gate, known);
    return known;
  };
  return {
    version: policy.version,
    refused: changed(policy.refused),
    enter: (exchange) => changed(policy.enter(exchange)),
  };
}
