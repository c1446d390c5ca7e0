// Problems in SARIF 2.1.0, as code hosts show them beside the lines.
import type { Problem } from "../openapi/located.ts";

const LEVELS: Readonly<Record<Problem["severity"], string>> = { error: "error", warning: "warning", advice: "note" };

export function toSarif(problems: readonly Problem[], version: string): unknown {
  const rules = [...new Set(problems.map((problem) => problem.rule))].sort();
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "portcullis", version, rules: rules.map((id) => ({ id })) } },
        results: problems.map((problem) => ({
          ruleId: problem.rule,
          ruleIndex: rules.indexOf(problem.rule),
          level: LEVELS[problem.severity],
          message: { text: [problem.message, problem.remedy].filter((text) => (text ?? "") !== "").join(" – ") },
          locations: locationsOf(problem),
        })),
      },
    ],
  };
}

function locationsOf({ position }: Problem): readonly unknown[] {
  // Only files have lines; a flag of the command line has no place that a viewer could open.
  if (position === undefined || position.line === 0) return [];
  const uri = position.file.split(/[\\/]/).map(encodeURIComponent).join("/");
  return [
    {
      physicalLocation: {
        artifactLocation: { uri },
        region: { startLine: position.line, startColumn: position.column },
      },
    },
  ];
}
