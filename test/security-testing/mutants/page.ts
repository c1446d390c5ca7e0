// docs/mutants.md: every way in which the sample's policy was broken, and what noticed it.
import { EQUIVALENT } from "./equivalent.ts";

export interface Row {
  readonly name: string;
  /** The rule, also where the gate does not start; undefined where nothing was found. */
  readonly rule: string | undefined;
  readonly operation: string | undefined;
  readonly parameter: string | undefined;
}

export function mutantsPage(rows: readonly Row[]): string {
  const noticed = rows.filter(({ rule }) => rule !== undefined);
  const lines = rows.map(({ name, rule, operation, parameter }) => {
    const by = rule === undefined ? `none: ${EQUIVALENT[name] ?? "**survives**"}` : `\`${rule}\``;
    const where = [operation, parameter].filter((part) => part !== undefined).join(", ");
    return `| ${name} | ${by} | ${where} |`;
  });
  return `# Broken policies

What \`portcullis test dynamic\` says of a gate whose policy is broken in one way, while its expectations are those of the policy as written: the orders
sample, its policy and document broken in ${rows.length} ways, one after another. ${noticed.length} are noticed, by the finding that comes first; nothing is found in the original.
The ways are taken from the policy itself: each requirement and bound of the document, each setting, each guard of each operation, each reason to refuse.
Rules of \`configuration.\` are noticed sooner: the gate does not start. The rest cannot be told from the original, for the reason that stands there.

Written by \`node test/security-testing/mutants/run.ts --write\`; \`.ci/run\` proves it equal to what it sees.

| broken | noticed by | where |
|---|---|---|
${lines.join("\n")}
`;
}
