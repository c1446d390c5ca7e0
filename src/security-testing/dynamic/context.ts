// What probes are given for one layer of one run.
import type { Composition } from "../../configuration/compose.ts";
import type { Finding, Untested } from "../finding.ts";
import { fingerprintOf } from "../fingerprint.ts";
import { ruleOf } from "../registry.ts";
import type { Callers } from "./callers.ts";
import { evidenceOf } from "./evidence.ts";
import { OutOfBandListener } from "./out-of-band.ts";
import type { Case, ProbeContext } from "./probe.ts";
import type { SeededRandom } from "./random.ts";
import type { Requests } from "./requests.ts";
import type { Secrets } from "./secrets.ts";
import type { Subject } from "./subject.ts";
import type { Target } from "./target.ts";
import type { Client } from "./wire.ts";

export interface ContextParts extends Pick<Composition, "api" | "settings"> {
  readonly subjects: readonly Subject[];
  readonly target: Target;
  /** Where a reader of the report finds the same: `https://localhost:8443`. */
  readonly shownOrigin: string;
  readonly client: Client;
  readonly callers: Callers;
  readonly requests: Requests;
  readonly random: SeededRandom;
  readonly secrets: Secrets;
  readonly signal: AbortSignal;
  readonly allowDestructive: boolean;
  readonly limited: ProbeContext["limited"];
  readonly spending: ProbeContext["spending"];
  readonly reset: ProbeContext["reset"];
}

export interface OpenContext extends ProbeContext {
  close(): void;
}

export function openContext(parts: ContextParts): OpenContext {
  const { api, settings, target, subjects, client, requests, random, secrets, signal } = parts;
  let outOfBand: Promise<OutOfBandListener> | undefined;
  return {
    api,
    settings,
    target,
    subjects,
    client,
    callers: secrets.watching(parts.callers),
    requests,
    signal,
    random: () => random.next(),
    mayChange: (subject, isOwn) => subject.isSafe || isOwn || parts.allowDestructive || onlyAdds(subject),
    listener: () => (outOfBand ??= OutOfBandListener.start()),
    limited: parts.limited,
    spending: parts.spending,
    reset: parts.reset,
    finding: (found) => findingOf(found, parts),
    untested: (what, why, isExpected = false): Untested => ({ kind: "dynamic", what, why, isExpected }),
    close: () => void outOfBand?.then((listener) => listener.close()),
  };
}

/** A POST that names nothing that is there changes nothing of it. */
function onlyAdds({ operation: { method, parameters } }: Subject): boolean {
  return method === "POST" && parameters.every((parameter) => parameter.in !== "path");
}

function findingOf(found: Case, { api, shownOrigin, secrets }: ContextParts): Finding {
  const { rule, subject, parameter, what, message, evidence, say = [] } = found;
  const { operation, route } = placeOf(found);
  return {
    rule,
    severity: found.severity ?? ruleOf(rule).severity,
    confidence: found.confidence ?? "certain",
    message,
    ...(operation === undefined ? {} : { operation }),
    ...(parameter === undefined ? {} : { parameter }),
    places: [subject?.place ?? api.set.position(api.set.root)],
    evidence: evidence.map((exchange, i) =>
      evidenceOf(exchange, say[i] ?? `request ${i + 1}`, { shownOrigin, secrets }),
    ),
    fingerprint: fingerprintOf(rule, route, parameter, what),
    sources: ["portcullis"],
  };
}

/** As the report names it, and as its fingerprint does: servers' base paths make no other flaw. */
function placeOf({ undeclared, subject }: Case): {
  readonly operation?: Finding["operation"];
  readonly route?: Parameters<typeof fingerprintOf>[1];
} {
  if (undeclared !== undefined) {
    const { method, template } = undeclared;
    return { operation: { id: `${method} ${template}`, method, template }, route: undeclared };
  }
  if (subject === undefined) return {};
  const { id, method, template, documentTemplate } = subject.operation;
  return { operation: { id, method, template }, route: { method, template: documentTemplate } };
}
