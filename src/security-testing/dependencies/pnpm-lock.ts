// pnpm-lock.yaml, versions 5 to 9.
import { parse } from "yaml";
import {
  asObject,
  asText,
  type Installed,
  type Inventory,
  InventoryError,
  lineFinder,
  type Root,
} from "./inventory.ts";

const KINDS_OF_NEED = ["dependencies", "optionalDependencies"] as const;

export function readPnpmLock(file: string, text: string): Inventory {
  const lock = asObject(parse(text));
  const major = Number.parseInt(String(lock["lockfileVersion"]), 10);
  if (!(major >= 5 && major <= 9)) {
    throw new InventoryError(
      `it says lockfileVersion ${JSON.stringify(lock["lockfileVersion"])}, which is none of 5 to 9`,
    );
  }
  const lineOf = lineFinder(text);
  const entries = asObject(lock["packages"]);
  // Since version 9 what a package needs stands apart from what it is.
  const uses = major >= 9 ? asObject(lock["snapshots"]) : entries;
  const packages = new Map<string, Installed>();
  const keys = new Set(Object.keys(uses));
  for (const [key, value] of Object.entries(uses)) {
    const own = asObject(value);
    const entry = major >= 9 ? asObject(entries[withoutPeers(key)]) : own;
    const identity = identityOf(key, entry, major);
    if (identity === undefined) continue;
    packages.set(key, {
      key,
      ...identity,
      isDevelopment: entry["dev"] === true,
      hasInstallScript: major >= 9 ? undefined : entry["requiresBuild"] === true,
      line: lineOf(`\n  ${key}:`) > 1 ? lineOf(`\n  ${key}:`) + 1 : lineOf(key),
      needs: needsOf(own, keys, major, KINDS_OF_NEED),
    });
  }
  return { file, packages, roots: rootsOf(lock, keys, major), hasPaths: true };
}

function rootsOf(lock: Readonly<Record<string, unknown>>, keys: ReadonlySet<string>, major: number): readonly Root[] {
  const importers = lock["importers"] === undefined ? { ".": lock } : asObject(lock["importers"]);
  return Object.entries(importers).map(([name, importer]) => ({
    name: name === "." ? "this project" : name,
    needs: needsOf(asObject(importer), keys, major, [...KINDS_OF_NEED, "devDependencies"]),
  }));
}

function needsOf(
  entry: Readonly<Record<string, unknown>>,
  keys: ReadonlySet<string>,
  major: number,
  kinds: readonly string[],
): readonly string[] {
  return kinds.flatMap((kind) =>
    Object.entries(asObject(entry[kind])).flatMap(([name, value]) => {
      const version = asText(value) ?? asText(asObject(value)["version"]);
      if (version === undefined) return [];
      // An alias is written as the whole key of what it stands for.
      return [version, keyOf(name, version, major)].find((key) => keys.has(key)) ?? [];
    }),
  );
}

function keyOf(name: string, version: string, major: number): string {
  if (major >= 9) return `${name}@${version}`;
  return major === 5 ? `/${name}/${version}` : `/${name}@${version}`;
}

/** Peers stand behind: `a@1.0.0(react@18.0.0)`, before version 6 `a/1.0.0_react@18.0.0`. */
function withoutPeers(key: string): string {
  const at = key.indexOf("(");
  return at === -1 ? key : key.slice(0, at);
}

function identityOf(
  key: string,
  entry: Readonly<Record<string, unknown>>,
  major: number,
): { readonly name: string; readonly version: string } | undefined {
  const name = asText(entry["name"]);
  const version = asText(entry["version"]);
  if (name !== undefined && version !== undefined) return { name, version };
  const plain = withoutPeers(key);
  const parts =
    major === 5 ? /^\/((?:@[^/]+\/)?[^/]+)\/([^_/]+)/.exec(plain) : /^\/?((?:@[^/]+\/)?[^@/]+)@([^/]+)$/.exec(plain);
  if (parts === null) return undefined;
  return { name: parts[1] as string, version: version ?? (parts[2] as string) };
}
