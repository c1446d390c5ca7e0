// Reads a file of detection rules: every mistake with its line, all at once.
import { type Document, isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from "yaml";
import type { z } from "zod";
import { compileDetection, type DetectionRule, type Selection } from "../../monitoring/index.ts";
import type { Position, Problem } from "../../openapi/located.ts";
import { durationMs } from "../schema/words.ts";
import { baseRuleSchema, correlationRuleSchema, type WrittenCorrelation } from "./rule-schema.ts";

type Path = readonly PropertyKey[];

/** Silent for as long as it counts, or this where that is shorter. */
const COOL_DOWN_MS = 600_000;
const TECHNIQUE = /^attack\.(t[0-9]{4}(?:\.[0-9]{3})?)$/i;

export interface ReadRules {
  readonly rules: readonly DetectionRule[];
  readonly problems: readonly Problem[];
}

/** `file`: as messages name it. */
export function readRules(file: string, text: string): ReadRules {
  return new RuleFile(file, text).read();
}

class RuleFile {
  readonly #file: string;
  readonly #text: string;
  readonly #lines = new LineCounter();
  readonly #problems: Problem[] = [];
  /** Where each rule without a correlation is named. */
  readonly #bases = new Map<string, Position>();

  constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
  }

  read(): ReadRules {
    const documents = parseAllDocuments(this.#text, { lineCounter: this.#lines, prettyErrors: false });
    const list = Array.isArray(documents) ? documents : [];
    for (const error of list.flatMap(({ errors }) => errors)) {
      this.#problem(this.#place(error.pos[0]), `this is not valid YAML: ${error.message}`, undefined);
    }
    if (this.#problems.length > 0) return { rules: [], problems: this.#problems };
    const selections = new Map<string, Selection>();
    const correlations: { readonly document: Document; readonly written: WrittenCorrelation }[] = [];
    for (const document of list) {
      const value = this.#valueOf(document);
      if (value === null || value === undefined) continue;
      if (typeof value === "object" && "correlation" in value) {
        const written = this.#judged(correlationRuleSchema, value, document);
        if (written !== undefined) correlations.push({ document, written });
      } else this.#readBase(value, document, selections);
    }
    const rules = correlations.flatMap(({ document, written }) => this.#rule(written, document, selections));
    this.#judgeUnused(correlations.flatMap(({ written }) => written.correlation.rules));
    if (correlations.length === 0 && this.#problems.length === 0) {
      this.#problem(this.#place(0), "this file has no rule with a correlation", "See docs/detections.md.");
    }
    return { rules, problems: this.#problems };
  }

  /** Undefined where it cannot be had, which is told. */
  #valueOf(document: Document): unknown {
    try {
      return document.toJS({ maxAliasCount: 20 });
    } catch {
      this.#problem(this.#at(document, []), "its aliases repeat too much", "Write out what they stand for.");
      return undefined;
    }
  }

  #readBase(value: unknown, document: Document, into: Map<string, Selection>): void {
    const written = this.#judged(baseRuleSchema, value, document);
    if (written === undefined) return;
    const at = this.#at(document, ["name"]);
    if (this.#bases.has(written.name)) {
      this.#problem(at, `there are two rules ${written.name} in this file`, "Rename one of them.");
      return;
    }
    this.#bases.set(written.name, at);
    const compiled = compileDetection(written.detection, (path, message, remedy) =>
      this.#problem(this.#at(document, ["detection", ...path]), message, remedy),
    );
    if (compiled !== undefined) {
      const operations = compiled.operations.map(({ path, word, means }) => {
        return { word, means, position: this.#at(document, ["detection", ...path]) };
      });
      into.set(written.name, { name: written.name, text: JSON.stringify(written.detection), ...compiled, operations });
    }
  }

  #rule(written: WrittenCorrelation, document: Document, selections: ReadonlyMap<string, Selection>): DetectionRule[] {
    const { correlation, name, coolDown } = written;
    const used: Selection[] = [];
    for (const [i, wanted] of correlation.rules.entries()) {
      const found = selections.get(wanted);
      if (correlation.rules.indexOf(wanted) < i) {
        const at = this.#at(document, ["correlation", "rules", i]);
        this.#problem(at, `${wanted} stands here twice`, "Each event of it would count twice: take one out.");
      }
      if (found !== undefined) used.push(found);
      else if (this.#problems.length === 0) {
        const known = [...selections.keys()].join(", ");
        this.#problem(
          this.#at(document, ["correlation", "rules", i]),
          `there is no rule ${wanted} in this file`,
          `It has: ${known}.`,
        );
      }
    }
    const isOrdered = correlation.type === "temporal" || correlation.type === "temporal_ordered";
    if (isOrdered && used.length < 2) {
      this.#problem(
        this.#at(document, ["correlation", "rules"]),
        `${correlation.type} needs two rules or more`,
        undefined,
      );
    }
    const timespanMs = durationMs(correlation.timespan);
    return [
      {
        id: written.id,
        name,
        title: written.title,
        description: written.description.trim(),
        level: written.level,
        techniques: (written.tags ?? []).flatMap((tag) => TECHNIQUE.exec(tag)?.[1]?.toUpperCase() ?? []),
        falsePositives: written.falsepositives,
        selections: used,
        groupBy: correlation["group-by"],
        timespanMs,
        correlation: correlationOf(correlation, timespanMs),
        coolDownMs: coolDown === undefined ? Math.max(timespanMs, COOL_DOWN_MS) : durationMs(coolDown),
      },
    ];
  }

  /** By a slip in one of two names, perhaps: what is selected there is not watched. */
  #judgeUnused(used: readonly string[]): void {
    if (this.#problems.length > 0) return;
    for (const [name, at] of this.#bases) {
      if (!used.includes(name))
        this.#problem(at, `no correlation has the rule ${name}`, "Name it in one, or take it out.");
    }
  }

  #judged<T>(schema: z.ZodType<T>, value: unknown, document: Document): T | undefined {
    const judged = schema.safeParse(value);
    if (judged.success) return judged.data;
    for (const issue of judged.error.issues) {
      const keys = issue.code === "unrecognized_keys" ? issue.keys : [];
      for (const key of keys) this.#problem(this.#at(document, [...issue.path, key]), `unknown key ${key}`, undefined);
      if (keys.length > 0) continue;
      const where = issue.path.length === 0 ? "the rule" : issue.path.join(".");
      this.#problem(this.#at(document, issue.path), `${where}: ${issue.message}`, "See docs/detections.md.");
    }
    return undefined;
  }

  /** The place of a key, or of the nearest thing around it that is there. */
  #at(document: Document, path: Path): Position {
    let offset = document.contents?.range?.[0] ?? 0;
    let node: unknown = document.contents;
    for (const step of path) {
      if (isMap(node)) {
        const pair = node.items.find(({ key }) => isScalar(key) && key.value === step);
        if (pair === undefined) break;
        offset = (pair.key as { range?: [number, number, number] }).range?.[0] ?? offset;
        node = pair.value;
      } else if (isSeq(node)) {
        node = node.items[Number(step)];
        offset = (node as { range?: [number, number, number] } | undefined)?.range?.[0] ?? offset;
      } else break;
    }
    return this.#place(offset);
  }

  #place(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.#file, line: Math.max(1, line), column: Math.max(1, col) };
  }

  #problem(position: Position, message: string, remedy: string | undefined): void {
    this.#problems.push({ severity: "error", rule: "configuration.detection-rule", message, remedy, position });
  }
}

function correlationOf(written: WrittenCorrelation["correlation"], bucketMs: number): DetectionRule["correlation"] {
  switch (written.type) {
    case "event_count":
      return { type: "event_count", atLeast: written.condition.gte };
    case "value_count":
      return { type: "value_count", atLeast: written.condition.gte, field: written.condition.field };
    case "temporal":
    case "temporal_ordered":
      return { type: written.type };
    case "unusual": {
      const { of, field, ...baseline } = written.condition;
      return { type: "unusual", of, field, baseline: { bucketMs, ...baseline } };
    }
  }
}
