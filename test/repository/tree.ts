// The repository as its tests read it: folders, files and package.json.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

export const ROOT = path.join(import.meta.dirname, "..", "..");

const SKIPPED = new Set(["node_modules", "dist"]);

interface PackageJson {
  readonly version: string;
  readonly engines: { readonly node: string };
  readonly scripts: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

export function readText(file: string): string {
  return readFileSync(path.join(ROOT, file), "utf8");
}

export function readPackage(): PackageJson {
  return JSON.parse(readText("package.json")) as PackageJson;
}

/** Files and folders below these folders, with `/`; nothing that was installed or built. */
export function listTree(folders: readonly string[]): { files: string[]; folders: string[] } {
  const found = { files: [] as string[], folders: [] as string[] };
  const walk = (folder: string) => {
    found.folders.push(folder);
    for (const entry of readdirSync(path.join(ROOT, folder), { withFileTypes: true })) {
      if (SKIPPED.has(entry.name)) continue;
      const name = `${folder}/${entry.name}`;
      if (entry.isDirectory()) walk(name);
      else found.files.push(name);
    }
  };
  for (const folder of folders) walk(folder);
  return found;
}
