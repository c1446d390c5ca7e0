// What an earlier run found: against it, findings are new, unchanged or gone. A report of `--format json` is one, too.
import { isObject } from "../openapi/pointer.ts";
import type { Finding } from "./finding.ts";
import { finderOf } from "./registry.ts";
import type { Gone } from "./result.ts";

export class Baseline {
  readonly #known: ReadonlyMap<string, Gone>;

  private constructor(known: ReadonlyMap<string, Gone>) {
    this.#known = known;
  }

  static empty(): Baseline {
    return new Baseline(new Map());
  }

  /** Undefined where it is neither a baseline nor a report. */
  static parse(text: string): Baseline | undefined {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return undefined;
    }
    if (!isObject(value) || value["version"] !== 1 || !Array.isArray(value["findings"])) return undefined;
    const known = new Map<string, Gone>();
    for (const entry of value["findings"] as unknown[]) {
      if (!isObject(entry)) return undefined;
      const { fingerprint, rule, message } = entry;
      if (typeof fingerprint !== "string" || typeof rule !== "string" || typeof message !== "string") return undefined;
      known.set(fingerprint, { fingerprint, rule, message });
    }
    return new Baseline(known);
  }

  /** Known under one of its names: tools come and go. */
  stateOf(finding: Finding): "new" | "unchanged" {
    return fingerprintsOf(finding).some((one) => this.#known.has(one)) ? "unchanged" : "new";
  }

  /** What is not there any more, of the kinds that ran to their end. */
  gone(findings: readonly Finding[], whole: ReadonlySet<string>): Gone[] {
    const there = new Set(findings.flatMap(fingerprintsOf));
    return [...this.#known.values()].filter(({ fingerprint, rule }) => !there.has(fingerprint) && ran(rule, whole));
  }

  /** Everything that was found now, and what the kinds that did not run to their end found before. */
  renewed(findings: readonly Finding[], whole: ReadonlySet<string>): string {
    const kept = [...this.#known.values()].filter(({ rule }) => !ran(rule, whole));
    const named = findings.flatMap((one) => [
      one,
      ...(one.others ?? []).map((other) => ({ ...other, message: one.message })),
    ]);
    const all = new Map([...kept, ...named].map((one) => [one.fingerprint, one]));
    const lines = [...all.values()]
      .map(({ fingerprint, rule, message }) => ({ fingerprint, rule, message }))
      .sort((a, b) => (a.rule + a.fingerprint < b.rule + b.fingerprint ? -1 : 1))
      .map((entry) => `\n    ${JSON.stringify(entry)}`);
    return `{\n  "version": 1,\n  "findings": [${lines.join(",")}\n  ]\n}\n`;
  }
}

function fingerprintsOf({ fingerprint, others }: Finding): readonly string[] {
  return [fingerprint, ...(others ?? []).map((other) => other.fingerprint)];
}

/** A rule that is no more finds nothing any more. */
function ran(rule: string, whole: ReadonlySet<string>): boolean {
  const finder = finderOf(rule);
  return finder === undefined || whole.has(finder);
}
