// The labels of flaws.yaml: what the API is built with, and what a test of it is expected to find.
import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";

export interface Label {
  /** Switches the flaw. */
  readonly id: string;
  readonly owasp: string;
  /** `operationId`; `METHOD /path` where the document does not declare it; `*` where any operation shows it. */
  readonly operation: string;
  readonly parameter?: string;
  readonly rule: string;
  /** Whether it also shows through the gate, or only beside it. */
  readonly reach: "gate" | "upstream";
  readonly over?: "https";
  readonly what: string;
}

export type Flaws = ReadonlySet<string>;

export const LABELS = parse(readFileSync(path.join(import.meta.dirname, "flaws.yaml"), "utf8")) as readonly Label[];

export const ALL_FLAWS: Flaws = new Set(LABELS.map(({ id }) => id));

/** The hardened twin is the API with none. */
export const NO_FLAWS: Flaws = new Set();

/** Throws where a flaw has no label. */
export function flawsNamed(ids: Iterable<string>): Flaws {
  const flaws = new Set(ids);
  for (const id of flaws) if (!ALL_FLAWS.has(id)) throw new Error(`flaws.yaml has no flaw ${id}`);
  return flaws;
}
