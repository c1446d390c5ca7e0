// What the examples of the rules for Semgrep say of their own lines, in Semgrep's form: `// ruleid: a` and `// ok: a` stand above.
import { readFileSync } from "node:fs";
import path from "node:path";
import { ROOT } from "../../repository/tree.ts";

export const EXAMPLES = path.join(ROOT, "integrations/semgrep/tests");

export interface Mark {
  readonly rule: string;
  /** The line that it speaks of. */
  readonly line: number;
  readonly isTrue: boolean;
}

export function marksOf(file: string): readonly Mark[] {
  const lines = readFileSync(path.join(EXAMPLES, file), "utf8").split("\n");
  return lines.flatMap((text, index) => {
    const [, word, rule] = /^\s*\/\/ (ruleid|ok): ([a-z-]+)$/.exec(text) ?? [];
    return rule === undefined ? [] : [{ rule: `source.${rule}`, line: index + 2, isTrue: word === "ruleid" }];
  });
}
