// Puts installed packages beside advisories: one finding for each version of a package and each advisory that speaks of it.
import type { Finding } from "../finding.ts";
import { fingerprintOf } from "../fingerprint.ts";
import { type Advisory, type Hit, hitOf } from "./advisory.ts";
import { type Chain, chainsOf, sayChain } from "./chains.ts";
import type { Installed, Inventory } from "./inventory.ts";

const CHAINS_SHOWN_MAX = 5;

export function vulnerabilities(
  inventory: Inventory,
  advisories: ReadonlyMap<string, readonly Advisory[]>,
  imports: ReadonlyMap<string, string>,
): readonly Finding[] {
  const chains = chainsOf(inventory);
  const byVersion = new Map<string, Installed[]>();
  for (const installed of inventory.packages.values()) {
    const id = `${installed.name}@${installed.version}`;
    const same = byVersion.get(id);
    if (same === undefined) byVersion.set(id, [installed]);
    else same.push(installed);
  }
  return [...byVersion.values()].flatMap((same) => {
    const { name, version } = same[0] as Installed;
    return hits(advisories.get(name) ?? [], name, version).map(([advisory, hit]) =>
      findingOf(inventory, same, advisory, hit, chains, imports),
    );
  });
}

/** Advisories that are the same under two names count once, under the name that comes first. */
function hits(advisories: readonly Advisory[], name: string, version: string): readonly (readonly [Advisory, Hit])[] {
  const seen = new Set<string>();
  const found: (readonly [Advisory, Hit])[] = [];
  for (const advisory of [...advisories].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const hit = advisory.affected
      .filter((affected) => affected.name === name)
      .map((affected) => hitOf(affected, version))
      .find((one) => one !== undefined);
    const names = [advisory.id, ...advisory.aliases];
    if (hit === undefined || names.some((one) => seen.has(one))) continue;
    for (const one of names) seen.add(one);
    found.push([advisory, hit]);
  }
  return found;
}

function findingOf(
  inventory: Inventory,
  same: readonly Installed[],
  advisory: Advisory,
  { fixed }: Hit,
  chains: ReadonlyMap<string, Chain>,
  imports: ReadonlyMap<string, string>,
): Finding {
  const { name, version, line } = same[0] as Installed;
  const rule = advisory.isMalware ? "dependencies.malicious" : "dependencies.vulnerable";
  const ways = same.flatMap(({ key }) => chains.get(key) ?? []);
  const isDevelopment = same.every((installed) => installed.isDevelopment);
  const imported = imports.get(name);
  return {
    rule,
    severity: advisory.severity,
    confidence: imported === undefined ? "firm" : "certain",
    message: [
      `${name} ${version}${isDevelopment ? ", for development only," : ""} has ${advisory.id}: ${sentence(advisory.summary)}`,
      fixed === undefined ? "No fixed version is known." : `Fixed in ${fixed}.`,
    ].join(" "),
    places: [{ file: inventory.file, line, column: 1 }],
    evidence: [
      ...ways.slice(0, CHAINS_SHOWN_MAX).map((chain) => ({ say: `Needed by: ${sayChain(chain)}` })),
      ...(ways.length > CHAINS_SHOWN_MAX ? [{ say: `and by ${ways.length - CHAINS_SHOWN_MAX} more` }] : []),
      { say: sayImport(name, imported, ways[0], imports) },
      ...(advisory.aliases.length > 0 ? [{ say: `Also called ${advisory.aliases.join(", ")}` }] : []),
    ],
    ...(fixed !== undefined && { remedy: `Install ${name} ${fixed} or newer.` }),
    // The version does not count: to be hit in the next one, too, is no new finding. The id goes where numbers stay.
    fingerprint: fingerprintOf(rule, undefined, `${name} ${advisory.id}`, inventory.file),
    sources: ["portcullis"],
    advisory: { package: name, names: [advisory.id, ...advisory.aliases] },
  };
}

function sayImport(
  name: string,
  imported: string | undefined,
  way: Chain | undefined,
  imports: ReadonlyMap<string, string>,
): string {
  if (imported !== undefined) return `Imported at ${imported}`;
  const through = way?.packages.find((one) => imports.has(one.name));
  if (through === undefined) return `No source file imports ${name}, nor what brings it`;
  return `No source file imports ${name}; ${through.name}, which brings it, is imported at ${imports.get(through.name)}`;
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
