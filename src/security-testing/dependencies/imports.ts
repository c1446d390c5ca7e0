// Which packages the project's own source imports, and where first.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { SOURCE_FILE } from "../source/source-files.ts";

const IMPORT = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire(?:\.resolve)?\s*\(\s*)(["'`])([^"'`\s$]+)\1/g;

/** `src/a.ts:3` by the name of the package. */
export async function importsOf(cwd: string, files: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const places = new Map<string, string>();
  for (const file of files) {
    if (!SOURCE_FILE.test(file)) continue;
    const text = await readFile(path.join(cwd, file), "utf8").catch(() => "");
    for (const { 2: specifier, index } of text.matchAll(IMPORT)) {
      const name = packageOf(specifier as string);
      if (name === undefined || places.has(name)) continue;
      places.set(name, `${file}:${text.slice(0, index).split("\n").length}`);
    }
  }
  return places;
}

function packageOf(specifier: string): string | undefined {
  return /^(?:@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*(?=\/|$)/i.exec(specifier)?.[0];
}
