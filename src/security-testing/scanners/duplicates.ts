// One flaw that several tools found is one finding: the same weakness (CWE) at the same place or operation and parameter.
import path from "node:path";
import type { Finding } from "../finding.ts";
import { ruleFor } from "../registry.ts";
import { rankOf } from "../result.ts";
import { headOf } from "./weakness-classes.ts";

/** Findings of ours are never taken together: only what others say joins them, or each other. Ours give rule and fingerprint. */
export function withoutDuplicates(own: readonly Finding[], foreign: readonly Finding[]): Finding[] {
  const all: Finding[] = [...own];
  const index = new Map<string, number>();
  const enter = (finding: Finding, at: number): void => {
    for (const key of keysOf(finding)) if (!index.has(key)) index.set(key, at);
  };
  for (const [at, finding] of own.entries()) enter(finding, at);
  for (const finding of foreign) {
    const key = keysOf(finding).find((one) => index.has(one) && mayJoin(all[index.get(one) as number], finding));
    if (key === undefined) enter(finding, all.push(finding) - 1);
    else {
      const at = index.get(key) as number;
      all[at] = joined(all[at] as Finding, finding);
      enter(finding, at);
    }
  }
  return all;
}

/** One tool that says two things about a whole operation means two: header A is missing, header B is missing. */
function mayJoin(known: Finding | undefined, { rule, operation, parameter, sources }: Finding): boolean {
  if (known === undefined) return false;
  if (operation === undefined || parameter !== undefined || known.rule === rule) return true;
  return !known.sources.includes(sources[0] as string);
}

function keysOf(finding: Finding): readonly string[] {
  const { fingerprint, operation, parameter, places, advisory } = finding;
  const { kind, cwe } = ruleFor(finding);
  const [place] = places;
  const heads = [...new Set(cwe.map(headOf))];
  if (kind === "dependencies") {
    // A lock file and the manifest beside it are about the same packages.
    const folder = path.posix.dirname(place?.file ?? "");
    const names = advisory?.names ?? [];
    return [fingerprint, ...names.map((name) => `advisory ${folder} ${advisory?.package} ${name}`)];
  }
  if (kind === "secrets") return [fingerprint, ...(place === undefined ? [] : [`secret ${place.file}:${place.line}`])];
  if (operation !== undefined && kind === "dynamic") {
    const route = `${operation.method} ${operation.template}`;
    return [fingerprint, ...heads.map((head) => `operation ${route} ${nameOf(parameter)} ${head}`)];
  }
  if (place === undefined) return [fingerprint];
  return [
    fingerprint,
    ...heads.map((head) => `place ${kind} ${place.file}:${place.line} ${nameOf(parameter)} ${head}`),
  ];
}

/** `query q`, `body /q` and `q` are the same to tools that see one name. */
function nameOf(parameter: string | undefined): string {
  return (parameter ?? "").replace(/^\w+ \/?/, "").toLowerCase();
}

/** What more there is of one flaw tells nobody more. */
const MANY = 50;

function joined(one: Finding, other: Finding): Finding {
  const others = [...(one.others ?? []), ...(other.others ?? [])];
  if (other.fingerprint !== one.fingerprint) others.push({ rule: other.rule, fingerprint: other.fingerprint });
  const isNew = ({ file, line }: Finding["places"][number]) =>
    !one.places.some((place) => place.file === file && place.line === line);
  const graver = rankOf(other.severity) < rankOf(one.severity) ? other.severity : one.severity;
  return {
    ...one,
    severity: graver,
    places: [...one.places, ...other.places.filter(isNew)].slice(0, MANY),
    evidence: [...one.evidence, ...other.evidence].slice(0, MANY),
    sources: [...new Set([...one.sources, ...other.sources])],
    ...(one.advisory !== undefined && {
      advisory: {
        ...one.advisory,
        names: [...new Set([...one.advisory.names, ...(other.advisory?.names ?? [])])],
      },
    }),
    ...(others.length > 0 && { others: others.slice(0, MANY) }),
  };
}
