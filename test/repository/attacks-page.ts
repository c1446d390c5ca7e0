// docs/attacks.md as Vitest's results of a whole run say it should be, and what is wrong with those results.
import type { Attack } from "../attacks/catalogue-entries.ts";
import { idsOf, type Section, SECTIONS } from "../attacks/catalogue.ts";

export const ATTACKS_PAGE = "docs/attacks.md";

/** Vitest's JSON report, as far as it is read here. */
export interface Results {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
    }[];
  }[];
}

export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

/** Needs programs that most machines do not have: what runs there must not change the page. */
const ELSEWHERE = "/test/interoperability/";

/** The cases of each id: tests whose title, or that of a `describe` around them, begins with it. */
export function tally({ testResults }: Results): Map<string, Tally> {
  const counts = new Map<string, Tally>();
  for (const file of testResults) {
    if (file.name.includes(ELSEWHERE)) continue;
    for (const { ancestorTitles, title, status } of file.assertionResults) {
      for (const id of new Set([...ancestorTitles, title].flatMap(idsOf))) {
        const count = counts.get(id) ?? { passed: 0, failed: 0, skipped: 0 };
        count[status === "passed" || status === "failed" ? status : "skipped"] += 1;
        counts.set(id, count);
      }
    }
  }
  return counts;
}

/** What must be mended before the page may be believed. */
export function complaints(counts: ReadonlyMap<string, Tally>): string[] {
  const known = new Map(SECTIONS.flatMap(({ attacks }) => Object.entries(attacks)));
  const untested = [...known]
    .filter(([id, { notYet }]) => notYet === undefined && !counts.has(id))
    .map(([id]) => `${id} has no test`);
  const failed = [...counts].filter(([, count]) => count.failed > 0);
  const unknown = [...counts.keys()].filter((id) => !known.has(id)).map((id) => `${id} is not in the catalogue`);
  return [...untested, ...failed.map(([id, count]) => `${id}: ${count.failed} failed`), ...unknown].sort();
}

/** The first lines of the page as it is that are not in the page as it should be, and the other way round. */
export function differences(is: string, shouldBe: string, most = 20): string[] {
  const [isLines, shouldBeLines] = [is.split("\n"), shouldBe.split("\n")];
  const [known, wanted] = [new Set(isLines), new Set(shouldBeLines)];
  const told = [
    ...isLines.filter((line) => !wanted.has(line)).map((line) => `- ${line}`),
    ...shouldBeLines.filter((line) => !known.has(line)).map((line) => `+ ${line}`),
  ];
  // What is told of one id stands together.
  const cell = (line: string) => line.split("|")[1] ?? "";
  return told.sort((a, b) => cell(a).localeCompare(cell(b))).slice(0, most);
}

export function renderAttacksPage(counts: ReadonlyMap<string, Tally>): string {
  return `# Attacks

What is tried against Portcullis in its own tests, and what came of it. Each id is a kind of attack, and each case is a test that begins with
the id: \`vitest run -t "F08 "\` runs those of F08. What is listed here is counted from the tests' results, so that it cannot say more than they do.

${SECTIONS.map((section) => renderSection(section, counts)).join("\n")}`;
}

function renderSection({ letter, title, intro, attacks }: Section, counts: ReadonlyMap<string, Tally>): string {
  const closed = Object.values(attacks).some(({ closedBy }) => closedBy !== undefined);
  const rows = Object.entries(attacks).map(([id, attack]) => {
    const cells = [id, attack.what, ...(closed ? [attack.closedBy ?? ""] : []), ...outcome(attack, counts.get(id))];
    return `| ${cells.join(" | ")} |`;
  });
  const head = ["id", "what is tried", ...(closed ? ["closed by"] : []), "cases", "result"];
  const rule = head.map((cell) => (cell === "cases" ? "---:" : "---"));
  return `## ${letter}: ${title}\n\n${intro}\n\n| ${head.join(" | ")} |\n|${rule.join("|")}|\n${rows.join("\n")}\n`;
}

function outcome({ notYet }: Attack, count: Tally | undefined): [cases: string, result: string] {
  if (count === undefined) return ["0", notYet === undefined ? "**no test**" : `not yet: ${notYet}`];
  const { passed, failed, skipped } = count;
  const result = failed > 0 ? `**${failed} failed**` : skipped > 0 ? `${skipped} skipped` : "holds";
  return [String(passed + failed + skipped), result];
}
