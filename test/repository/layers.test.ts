// Guards the layers twice: the linter's rule really fires on what is wrong, and nothing in src is wrong.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FOLDERS, mayImport, PURE } from "./layers.ts";
import { listTree, readText, ROOT } from "./tree.ts";

const IO_MODULES = ["node:fs", "node:fs/promises", "node:net", "node:http", "node:child_process", "undici", "express"];
const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*["'](\.{1,2}\/[^"']+)["']/g;

let scratch: string;
let refused: Set<string>;

/** A tree with one file for each import that could be written; the linter's verdict on each of them. */
beforeAll(() => {
  scratch = mkdtempSync(path.join(tmpdir(), "portcullis-layers-"));
  const config = JSON.parse(readText(".oxlintrc.json")) as Record<string, unknown>;
  writeFileSync(path.join(scratch, ".oxlintrc.json"), JSON.stringify({ ...config, options: {} }));
  for (const from of FOLDERS) {
    mkdirSync(path.join(scratch, "src", from, "deeper"), { recursive: true });
    for (const to of FOLDERS) {
      write(`src/${from}/to-${to}.ts`, `../${to}/thing.ts`);
      write(`src/${from}/deeper/to-${to}.ts`, `../../${to}/thing.ts`);
    }
    for (const module of IO_MODULES) write(`src/${from}/io-${module.replaceAll(/\W/g, "-")}.ts`, module);
  }
  const answer = lint();
  refused = new Set(
    answer.diagnostics
      .filter(({ code }) => code.includes("no-restricted-imports"))
      .map(({ filename }) => filename.replaceAll("\\", "/")),
  );
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function write(file: string, from: string): void {
  writeFileSync(
    path.join(scratch, file),
    `// Scratch.\nimport { thing } from "${from}";\n\nexport const own = thing;\n`,
  );
}

function lint(): { diagnostics: { code: string; filename: string }[] } {
  const argv = ["--format", "json", "-c", ".oxlintrc.json", "src"];
  try {
    return JSON.parse(execFileSync("oxlint", argv, { cwd: scratch, encoding: "utf8", maxBuffer: 1e8 }));
  } catch (error) {
    // It ends with 1 when it found something.
    return JSON.parse((error as { stdout: string }).stdout);
  }
}

describe("the linter's layer rule", () => {
  const pairs = FOLDERS.flatMap((from) => FOLDERS.filter((to) => to !== from).map((to) => ({ from, to })));

  it.each(pairs.filter(({ from, to }) => !mayImport(from, to)))("refuses $from importing $to", ({ from, to }) => {
    expect(refused).toContain(`src/${from}/to-${to}.ts`);
    expect(refused).toContain(`src/${from}/deeper/to-${to}.ts`);
  });

  it.each(FOLDERS.filter((folder) => mayImport(folder, "core")))("lets %s import core", (folder) => {
    expect(refused).not.toContain(`src/${folder}/to-core.ts`);
    expect(refused).not.toContain(`src/${folder}/deeper/to-core.ts`);
  });

  it.each(PURE)("refuses I/O in %s", (folder) => {
    const files = IO_MODULES.map((module) => `src/${folder}/io-${module.replaceAll(/\W/g, "-")}.ts`);
    expect(files.filter((file) => !refused.has(file))).toEqual([]);
  });

  it("lets the gateway do I/O", () => {
    expect(refused).not.toContain("src/gateway/io-node-http.ts");
  });
});

describe("src", () => {
  const files = listTree(["src"]).files.filter((file) => file.endsWith(".ts"));
  const folderOf = (file: string) => (file.split("/").length > 2 ? file.split("/")[1] : undefined);

  it("has no folder without a layer", () => {
    const folders = new Set(files.map(folderOf).filter((folder) => folder !== undefined));
    expect([...folders].filter((folder) => !FOLDERS.includes(folder))).toEqual([]);
  });

  it("imports downwards only, also by import()", () => {
    const wrong: string[] = [];
    for (const file of files) {
      const from = folderOf(file);
      if (from === undefined) continue;
      for (const [, specifier] of readText(file).matchAll(IMPORT)) {
        const target = path.posix.join(path.posix.dirname(file), specifier as string);
        const to = folderOf(target);
        if (to === undefined || !mayImport(from, to)) wrong.push(`${file} imports ${target}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("imports itself by relative paths with the name of the file", () => {
    const vague = files.filter((file) => {
      const specifiers = [...readText(file).matchAll(IMPORT)].map(([, specifier]) => specifier as string);
      return specifiers.some((specifier) => !/\.(ts|json)$/.test(specifier));
    });
    expect(vague.map((file) => path.relative(ROOT, path.join(ROOT, file)))).toEqual([]);
  });
});
