// package-lock.json and npm-shrinkwrap.json, versions 1 to 3.
import {
  asObject,
  asText,
  type Installed,
  type Inventory,
  InventoryError,
  lineFinder,
  type Root,
} from "./inventory.ts";

const KINDS_OF_NEED = ["dependencies", "optionalDependencies", "peerDependencies"] as const;

export function readNpmLock(file: string, text: string): Inventory {
  const lock = asObject(JSON.parse(text));
  const version = lock["lockfileVersion"];
  if (lock["packages"] !== undefined) return readPackages(file, text, asObject(lock["packages"]));
  if (version === 1 || lock["dependencies"] !== undefined) return readNested(file, text, lock);
  if (version === 2 || version === 3) return { file, packages: new Map(), roots: [], hasPaths: true };
  throw new InventoryError(`it says lockfileVersion ${JSON.stringify(version)}, which is none of 1, 2, 3`);
}

/** Versions 2 and 3: one entry for each folder. */
function readPackages(file: string, text: string, entries: Readonly<Record<string, unknown>>): Inventory {
  const lineOf = lineFinder(text);
  const packages = new Map<string, Installed>();
  const roots: Root[] = [];
  for (const [key, value] of Object.entries(entries)) {
    const entry = asObject(value);
    if (entry["link"] === true) continue;
    const at = key.lastIndexOf("node_modules/");
    if (at === -1) {
      const needs = needsOf(entry, key, entries, [...KINDS_OF_NEED, "devDependencies"]);
      roots.push({ name: asText(entry["name"]) ?? (key === "" ? "this project" : key), needs });
      continue;
    }
    packages.set(key, {
      key,
      name: asText(entry["name"]) ?? key.slice(at + "node_modules/".length),
      version: asText(entry["version"]) ?? "",
      isDevelopment: entry["dev"] === true || entry["devOptional"] === true,
      hasInstallScript: entry["hasInstallScript"] === true,
      line: lineOf(`${JSON.stringify(key)}:`),
      needs: needsOf(entry, key, entries, KINDS_OF_NEED),
    });
  }
  return { file, packages, roots, hasPaths: true };
}

function needsOf(
  entry: Readonly<Record<string, unknown>>,
  from: string,
  entries: Readonly<Record<string, unknown>>,
  kinds: readonly string[],
): readonly string[] {
  const names = new Set(kinds.flatMap((kind) => Object.keys(asObject(entry[kind]))));
  return [...names].flatMap((name) => found(name, from, entries) ?? []);
}

/** As Node looks for it: in the folder itself, then in each above it. */
function found(name: string, from: string, entries: Readonly<Record<string, unknown>>): string | undefined {
  for (let folder = from; ; folder = above(folder)) {
    const key = `${folder === "" ? "" : `${folder}/`}node_modules/${name}`;
    const entry = asObject(entries[key]);
    if (entry["link"] === true) return undefined;
    if (entries[key] !== undefined) return key;
    if (folder === "") return undefined;
  }
}

function above(folder: string): string {
  const at = folder.lastIndexOf("node_modules/");
  if (at > 0) return folder.slice(0, at - 1);
  return at === 0 ? "" : folder.slice(0, Math.max(0, folder.lastIndexOf("/")));
}

/** Version 1: entries nested as their folders are. Which of them the project asked for itself it does not tell. */
function readNested(file: string, text: string, lock: Readonly<Record<string, unknown>>): Inventory {
  const flat: Record<string, Readonly<Record<string, unknown>>> = {};
  const gather = (dependencies: unknown, folder: string): void => {
    for (const [name, value] of Object.entries(asObject(dependencies))) {
      const key = `${folder === "" ? "" : `${folder}/`}node_modules/${name}`;
      flat[key] = asObject(value);
      gather(flat[key]["dependencies"], key);
    }
  };
  gather(lock["dependencies"], "");
  const lineOf = lineFinder(text);
  const packages = new Map<string, Installed>();
  const needed = new Set<string>();
  for (const [key, entry] of Object.entries(flat)) {
    const installedAs = key.slice(key.lastIndexOf("node_modules/") + "node_modules/".length);
    // `npm:other@1.2.3` is another package under this name.
    const alias = /^npm:(.+)@([^@]+)$/.exec(asText(entry["version"]) ?? "");
    const needs = needsOf(entry, key, flat, ["requires"]);
    for (const need of needs) needed.add(need);
    packages.set(key, {
      key,
      name: alias?.[1] ?? installedAs,
      version: alias?.[2] ?? asText(entry["version"]) ?? "",
      isDevelopment: entry["dev"] === true,
      hasInstallScript: undefined,
      line: lineOf(`${JSON.stringify(installedAs)}: {`),
      needs,
    });
  }
  const asked = [...packages.keys()].filter((key) => !needed.has(key));
  return { file, packages, roots: [{ name: asText(lock["name"]) ?? "this project", needs: asked }], hasPaths: true };
}
