// Rules about what it depends on.
import type { RuleRow } from "../rule.ts";

export const DEPENDENCIES_RULES = {
  "dependencies.vulnerable": {
    title: "A package has a known vulnerability",
    severity: "high",
    cwe: [1395],
    owasp: ["API8:2023"],
    remedy: "Install the version in which it is fixed; where there is none, do without the package.",
  },
  "dependencies.malicious": {
    title: "A package is known to be malicious",
    severity: "critical",
    cwe: [506],
    owasp: ["API8:2023"],
    remedy: "Remove it, and take every secret of the machines that installed it for stolen.",
  },
  "dependencies.install-script": {
    title: "A package runs a program when it is installed, and nobody decided that it may",
    severity: "low",
    cwe: [829],
    owasp: ["API8:2023"],
    remedy:
      "Read the script, then name the package under `allowScripts` (npm) or `pnpm.onlyBuiltDependencies` or `dependenciesMeta` (Yarn) in package.json, or install with `ignore-scripts`.",
  },
} as const satisfies Readonly<Record<string, RuleRow>>;
