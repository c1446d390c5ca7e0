// The test of the contract: what document and policy give away, without a request. With --fix it mends what is safe to mend.
import type { Composition } from "../../configuration/compose.ts";
import type { Report } from "../finding.ts";
import type { TestContext, Tester } from "../tester.ts";
import { accessCases } from "./access.ts";
import { answerCases } from "./answers.ts";
import { mend } from "./fix.ts";
import { limitCases } from "./limits.ts";
import { schemaCases } from "./schemas.ts";
import { parameterCases, schemeCases, serverCases } from "./schemes.ts";
import { type ContractRule, findingOf, type Subject } from "./subject.ts";

const RULES: readonly (readonly [string, ContractRule])[] = [
  ["who may", accessCases],
  ["schemes", schemeCases],
  ["servers", serverCases],
  ["parameters", parameterCases],
  ["limits", limitCases],
  ["schemas", schemaCases],
  ["answers", answerCases],
];

export const contractTester: Tester = {
  kind: "contract",
  async *run(context: TestContext): AsyncGenerator<Report> {
    let subject = subjectOf(context.composition);
    if (context.options.has("fix")) {
      const mended = await mend(subject, context);
      if (mended !== undefined && "kind" in mended) yield mended;
      else if (mended !== undefined) {
        for (const changed of mended.changed) yield { changed };
        subject = subjectOf(mended.composition);
        await mended.composition.close();
      }
    }
    for (const [i, [what, rule]] of RULES.entries()) {
      if (context.signal.aborted) return;
      yield { progress: { kind: "contract", done: i, of: RULES.length, what } };
      for (const found of rule(subject)) yield findingOf(found, subject);
    }
  },
};

function subjectOf({ api, settings, policies }: Composition): Subject {
  return { api, settings, policies };
}
