// Rules and allowances that name an operation which there is not: they wait for events that never come, and say nothing.
import { suggestion } from "../did-you-mean.ts";
import type { Judgement } from "./judgement.ts";

/** Only told: rules may be shared by several APIs, and none of them is to stand still for that. `known`: ids of all that is served. */
export function noteWatchedOperations(judgement: Judgement, known: readonly string[]): void {
  for (const { rule, allowances } of judgement.settings.monitoring.detections.watched) {
    for (const { operations = [] } of [...rule.selections, ...allowances]) {
      for (const { word, means, position } of operations) {
        if (known.some(means)) continue;
        judgement.problems.push({
          severity: "warning",
          rule: "configuration.detection-operation",
          message: `no operation has the id ${word}, which ${rule.name} asks for: no event matches that`,
          remedy: suggestion(word, known),
          position,
        });
      }
    }
  }
}
