// An advisory in the form of the Open Source Vulnerability format, and whether it speaks of a version.
import semver from "semver";
import type { Severity } from "../rule.ts";
import { asList, asObject, asText } from "./inventory.ts";

interface Event {
  readonly kind: "introduced" | "fixed" | "last_affected";
  readonly version: string;
}

/** What an advisory says about one package. */
export interface Affected {
  readonly name: string;
  readonly versions: ReadonlySet<string>;
  readonly ranges: readonly (readonly Event[])[];
}

export interface Advisory {
  readonly id: string;
  readonly aliases: readonly string[];
  readonly summary: string;
  readonly severity: Severity;
  readonly isMalware: boolean;
  readonly affected: readonly Affected[];
}

const WORDS: Readonly<Record<string, Severity>> = {
  CRITICAL: "critical",
  HIGH: "high",
  MODERATE: "medium",
  MEDIUM: "medium",
  LOW: "low",
};

/** Undefined: it was withdrawn, or speaks of no package of npm. */
export function readAdvisory(text: string): Advisory | undefined {
  const record = asObject(JSON.parse(text));
  const id = asText(record["id"]);
  if (id === undefined || record["withdrawn"] !== undefined) return undefined;
  const affected = asList(record["affected"]).map(asObject).flatMap(readAffected);
  if (affected.length === 0) return undefined;
  const isMalware = id.startsWith("MAL-");
  const word = asText(asObject(record["database_specific"])["severity"]) ?? "";
  return {
    id,
    aliases: asList(record["aliases"]).flatMap((alias) => asText(alias) ?? []),
    summary: (asText(record["summary"]) ?? asText(record["details"]) ?? id).split("\n")[0] as string,
    // Where nobody put it into words it is taken for serious: it must not slip through below a threshold.
    severity: isMalware ? "critical" : (WORDS[word.toUpperCase()] ?? "high"),
    isMalware,
    affected,
  };
}

function readAffected(entry: Readonly<Record<string, unknown>>): readonly Affected[] {
  const named = asObject(entry["package"]);
  const name = asText(named["name"]);
  if (named["ecosystem"] !== "npm" || name === undefined) return [];
  const ranges = asList(entry["ranges"]).map(asObject).flatMap(readRange);
  const versions = new Set(asList(entry["versions"]).flatMap((version) => asText(version) ?? []));
  return [{ name, versions, ranges }];
}

function readRange(range: Readonly<Record<string, unknown>>): readonly (readonly Event[])[] {
  if (range["type"] !== "SEMVER" && range["type"] !== "ECOSYSTEM") return [];
  const events = asList(range["events"]).flatMap((value) =>
    Object.entries(asObject(value)).flatMap(([kind, version]): Event[] =>
      kind === "introduced" || kind === "fixed" || kind === "last_affected"
        ? [{ kind, version: asText(version) ?? "" }]
        : [],
    ),
  );
  // What ends a range goes before what begins one at the same version.
  return [
    events.sort(
      (a, b) => compare(a.version, b.version) || Number(a.kind === "introduced") - Number(b.kind === "introduced"),
    ),
  ];
}

/** How a version is affected: by a list, or by a range that ends with `fixed`. */
export interface Hit {
  readonly fixed: string | undefined;
}

export function hitOf(affected: Affected, version: string): Hit | undefined {
  const inRange = affected.ranges.map((events) => hitIn(events, version)).find((hit) => hit !== undefined);
  if (inRange !== undefined) return inRange;
  // An entry that names neither versions nor ranges means all of them.
  const isNamed = affected.versions.has(version) || (affected.versions.size === 0 && affected.ranges.length === 0);
  return isNamed ? { fixed: undefined } : undefined;
}

function hitIn(events: readonly Event[], version: string): Hit | undefined {
  if (semver.parse(version, { loose: true }) === null) return undefined;
  let isAffected = false;
  for (const event of events) {
    const order = compare(version, event.version);
    if (event.kind === "introduced") isAffected ||= order >= 0;
    else if (event.kind === "fixed" && order >= 0) isAffected = false;
    else if (event.kind === "last_affected" && order > 0) isAffected = false;
  }
  if (!isAffected) return undefined;
  const fix = events.find((event) => event.kind === "fixed" && compare(event.version, version) > 0);
  return { fixed: fix?.version };
}

/** `0` is before everything, also before `0.0.0-0`. */
function compare(a: string, b: string): number {
  if (a === "0" || b === "0") return Number(b === "0") - Number(a === "0");
  const [left, right] = [semver.parse(a, { loose: true }), semver.parse(b, { loose: true })];
  if (left === null || right === null) return a === b ? 0 : a < b ? -1 : 1;
  return semver.compare(left, right);
}
