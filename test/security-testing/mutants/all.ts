// Every mutant of the sample's policy.
import type { Gate } from "../../../src/core/gate.ts";
import { enter } from "../../configuration/composing.ts";
import { documentMutants } from "./document-mutants.ts";
import { gateMutants } from "./gate-mutants.ts";
import type { Mutant } from "./mutant.ts";
import { reasonMutants } from "./reason-mutants.ts";
import type { Sample } from "./sample.ts";
import { settingsMutants } from "./settings-mutants.ts";

export function mutantsOf({ composition, document, loaded }: Sample): readonly Mutant[] {
  return [
    ...documentMutants(document),
    ...settingsMutants(loaded.settings),
    ...gateMutants(gatesOf(composition)),
    ...reasonMutants(),
  ];
}

/** By the operation's id. */
function gatesOf(composition: Sample["composition"]): ReadonlyMap<string, Gate> {
  return new Map(
    composition.api.operations.map(({ id, method, template }) => [
      id,
      enter(composition, method, template.replaceAll(/\{[^}]*\}/g, "1")).gate,
    ]),
  );
}
