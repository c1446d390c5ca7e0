// What another tool found, in our words; and how it becomes a finding like any other.
import { type Confidence, type Evidence, type Finding, type Place } from "../finding.ts";
import { fingerprintOf } from "../fingerprint.ts";
import { maskSecrets } from "../masking.ts";
import { RULES, ruleOf } from "../registry.ts";
import type { Kind, Rule, Severity } from "../rule.ts";
import { clean, idOf } from "./cleaning.ts";
import type { Surroundings } from "./surroundings.ts";

export interface Foreign {
  /** `zap`, `semgrep`: part of the rule's id, and the source that is named. */
  readonly tool: string;
  readonly kind: Kind;
  /** What the tool calls its rule. */
  readonly id: string;
  /** The rule of ours that it is, where it ran ours. */
  readonly ours?: string;
  readonly title: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  /** The case; the title, where there is nothing else to say. */
  readonly message?: string;
  readonly cwe: readonly number[];
  readonly remedy?: string;
  readonly place?: Place;
  readonly request?: { readonly method: string; readonly url: string; readonly parameter?: string };
  readonly advisory?: Finding["advisory"];
  /** Tells it from other cases of the rule, where neither line nor operation does. */
  readonly what?: string;
  readonly evidence?: readonly Evidence[];
}

const TITLE_LENGTH_MAX = 200;
const TEXT_LENGTH_MAX = 1000;
/** Some tools write essays. */
const REMEDY_LENGTH_MAX = 500;
const OURS_CONFIDENCE: Confidence = "firm";

/** Turns of the same line in one file are told apart by their order: hence all of a file at once. */
export function findingsOfForeign(all: readonly Foreign[], surroundings: Surroundings): Finding[] {
  const turns = new Map<string, number>();
  return all.map((foreign) => {
    const found = foreign.request === undefined ? undefined : surroundings.operationOf(foreign.request);
    const rule = described(foreign);
    const place = foreign.place ?? found?.place ?? (foreign.request && surroundings.beginning);
    const line = foreign.place === undefined ? undefined : surroundings.lineOf(foreign.place);
    const what = foreign.what ?? whatOf(foreign, line, found !== undefined);
    const turn = foreign.what === undefined && line !== undefined ? turnOf(turns, `${rule.id} ${what}`) : 0;
    const fingerprint =
      foreign.ours === undefined || line === undefined
        ? fingerprintOf(rule.id, found?.operation, found?.parameter, turn === 0 ? what : `${what} ${turn}`)
        : fingerprintOf(rule.id, undefined, `${foreign.place?.file} ${turn}`, line);
    const parameter = found?.parameter ?? foreign.request?.parameter;
    return {
      rule: rule.id,
      severity: foreign.severity,
      confidence: foreign.ours === undefined ? foreign.confidence : OURS_CONFIDENCE,
      message: safe(foreign.message ?? foreign.title, TEXT_LENGTH_MAX),
      ...(found !== undefined && { operation: found.operation }),
      ...(parameter !== undefined && { parameter: safe(parameter, TITLE_LENGTH_MAX) }),
      places: place === undefined ? [] : [{ ...place, file: clean(place.file, TEXT_LENGTH_MAX) }],
      evidence: (foreign.evidence ?? []).map(safeEvidence),
      fingerprint,
      sources: [foreign.tool],
      ...(foreign.advisory !== undefined && { advisory: foreign.advisory }),
      ...(RULES.has(rule.id) ? {} : { described: rule }),
    };
  });
}

function described(foreign: Foreign): Rule {
  if (foreign.ours !== undefined) return ruleOf(foreign.ours);
  const { kind, tool, id, title, severity, cwe, remedy } = foreign;
  return {
    id: `${kind}.${tool}.${idOf(id)}`,
    kind,
    title: safe(title, TITLE_LENGTH_MAX).replace(/\.$/, "") || idOf(id),
    severity,
    cwe,
    owasp: [],
    remedy: safe(remedy ?? "", REMEDY_LENGTH_MAX) || `See what ${tool} says about ${idOf(id)}.`,
  };
}

function whatOf({ request, place, message, title }: Foreign, line: string | undefined, hasOperation: boolean): string {
  if (hasOperation) return "";
  if (request !== undefined) return `${request.method} ${pathOf(request.url)} ${request.parameter ?? ""}`;
  if (line !== undefined) return `${place?.file} ${line}`;
  return `${place?.file ?? ""} ${message ?? title}`;
}

function pathOf(url: string): string {
  return URL.parse(url)?.pathname ?? url;
}

function turnOf(turns: Map<string, number>, key: string): number {
  const turn = turns.get(key) ?? 0;
  turns.set(key, turn + 1);
  return turn;
}

function safe(text: string, lengthMax: number): string {
  return clean(maskSecrets(text.slice(0, lengthMax * 8)), lengthMax);
}

function safeEvidence({ say, curl, request, response }: Evidence): Evidence {
  return {
    say: safe(say, TEXT_LENGTH_MAX),
    ...(curl !== undefined && { curl: safe(curl, TEXT_LENGTH_MAX) }),
    ...(request !== undefined && { request: safe(request, TEXT_LENGTH_MAX) }),
    ...(response !== undefined && { response: safe(response, TEXT_LENGTH_MAX) }),
  };
}
