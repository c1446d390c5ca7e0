// What is weak or surprising and stops nothing: for `check`, and for the first lines of `start`.
import { findCrossings } from "../../openapi/crossings.ts";
import type { Operation } from "../../openapi/operation.ts";
import { isWithheld } from "../../transport/request-field-rules.ts";
import type { OperationSettings } from "../settings.ts";
import type { Judgement } from "./judgement.ts";
import type { OperationPolicy } from "./operation-policy.ts";

export function noteWeaknesses(policies: ReadonlyMap<Operation, OperationPolicy>, judgement: Judgement): void {
  noteCrossings(policies, judgement);
  noteSharedLimitNames(policies, judgement);
  noteSharedPlaces(policies, judgement);
  noteWithheldParameters(policies, judgement);
}

/** Fields between two hops, which nobody means, and those that the gate says itself. */
const SAID_BY_THE_GATE: ReadonlySet<string> = new Set(
  [
    ["host", "connection", "content-length", "transfer-encoding", "expect", "te", "keep-alive", "upgrade", "trailer"],
    ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-request-id", "traceparent"],
  ].flat(),
);

/** A parameter is judged as declared, and then the API does not get it: only a proxy may say that. */
function noteWithheldParameters(policies: ReadonlyMap<Operation, OperationPolicy>, judgement: Judgement): void {
  const told = new Set<string>();
  for (const { operation } of policies.values()) {
    for (const { name, in: place, at } of operation.parameters) {
      if (place !== "header" || told.has(name) || SAID_BY_THE_GATE.has(name) || !isWithheld(name)) continue;
      told.add(name);
      judgement.warn(
        "parameter-withheld",
        { document: at },
        `the header parameter ${name} never reaches the API: what it says is for a proxy to say, not for a client`,
        "Give it another name, or take it out of the document.",
      );
    }
  }
}

/** Told once for each setting that lets strangers through; a public operation lets everybody through anyhow. */
export function noteMonitoredAuthentication(
  policies: ReadonlyMap<Operation, OperationPolicy>,
  overrides: ReadonlyMap<Operation, readonly OperationSettings[]>,
  judgement: Judgement,
): void {
  const told = new Set<OperationSettings | undefined>();
  for (const [operation, { alternatives }] of policies) {
    const entry = (overrides.get(operation) ?? []).findLast(
      ({ authenticationMode }) => authenticationMode !== undefined,
    );
    const mode = entry?.authenticationMode ?? judgement.settings.authentication.mode;
    if (mode !== "monitor" || alternatives.length === 0 || told.has(entry)) continue;
    told.add(entry);
    judgement.warn(
      "authentication-monitored",
      { settings: [...(entry?.at ?? []), "authentication", "mode"] },
      `authentication${entry === undefined ? "" : ` of ${entry.selector}`} is only monitored: anybody is let through`,
      "Set it to enforce when the records show nothing unexpected.",
    );
  }
}

/** Where one path fits two templates, a client reaches the one that comes first: it should not be the weaker one. */
function noteCrossings(policies: ReadonlyMap<Operation, OperationPolicy>, judgement: Judgement): void {
  const byTemplate = new Map<string, OperationPolicy[]>();
  for (const policy of policies.values()) {
    for (const template of policy.operation.templates) {
      const alike = byTemplate.get(template);
      if (alike === undefined) byTemplate.set(template, [policy]);
      else alike.push(policy);
    }
  }
  for (const { first, second } of findCrossings(byTemplate.keys())) {
    for (const winner of byTemplate.get(first) ?? []) {
      const loser = byTemplate.get(second)?.find(({ operation }) => operation.method === winner.operation.method);
      if (loser === undefined || demands(winner) === demands(loser)) continue;
      const { method } = winner.operation;
      judgement.advise(
        "routes-cross",
        { document: winner.operation.at },
        `a path can fit both ${method} ${first} and ${method} ${second}, which ask for different things; the first is taken`,
        "Make sure that the API decides alike, or that both ask for the same.",
      );
    }
  }
}

function demands(policy: OperationPolicy): string {
  const { alternatives, roles, permissions, authenticationMode, authenticationLevel, authorizationMode } = policy;
  const level = authenticationLevel?.value;
  return JSON.stringify([alternatives, roles, permissions, authenticationMode, level, authorizationMode]);
}

/** Records and RateLimit fields tell limits apart by name. */
function noteSharedLimitNames(policies: ReadonlyMap<Operation, OperationPolicy>, judgement: Judgement): void {
  const told = new Set<string>();
  for (const { limits, concurrency, operation } of policies.values()) {
    const names = new Set<string>();
    for (const { limit } of [...limits, ...concurrency]) {
      const key = JSON.stringify(limit.at);
      if (names.has(limit.name) && !told.has(key)) {
        told.add(key);
        judgement.error(
          "limit-name-twice",
          { settings: limit.at },
          `another limit of ${operation.id} is called "${limit.name}" too`,
          "Give one of them a `name` of its own.",
        );
      }
      names.add(limit.name);
    }
  }
}

/** Places of all together, where nobody has only some of them: one caller can take them all. */
function noteSharedPlaces(policies: ReadonlyMap<Operation, OperationPolicy>, judgement: Judgement): void {
  const told = new Set<string>();
  for (const { concurrency, operation } of policies.values()) {
    if (concurrency.some(({ limit }) => limit.key !== undefined)) continue;
    for (const { limit } of concurrency) {
      const key = JSON.stringify(limit.at);
      if (told.has(key)) continue;
      told.add(key);
      judgement.advise(
        "places-shared",
        { settings: limit.at },
        `one caller can take all ${limit.limit} places of "${limit.name}" at ${operation.id}`,
        "Give each a limit of its own beside it, such as `{ limit: 10, key: subject }`.",
      );
    }
  }
}
