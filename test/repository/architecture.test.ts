// Guards ARCHITECTURE.md: what it names exists, what exists is named, and each runtime dependency has its why.
import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { listTree, readPackage, readText, ROOT } from "./tree.ts";

const PATH = /`((?:src|test|docs|examples|benchmarks|bin|\.ci)(?:\/[^`\s*{]*)?|\.?[A-Za-z][\w.-]*\.(?:md|json|ts))`/g;

const page = readText("ARCHITECTURE.md");
const named = [...new Set([...page.matchAll(PATH)].map((match) => match[1] as string))];

describe("ARCHITECTURE.md", () => {
  it("names paths", () => {
    expect(named.length).toBeGreaterThan(15);
  });

  it.each(named)("names %s, which exists", (name) => {
    expect(existsSync(path.join(ROOT, name))).toBe(true);
  });

  it("names every folder of src", () => {
    const folders = listTree(["src"]).folders.filter((folder) => folder.split("/").length === 2);
    expect(folders.filter((folder) => !page.includes(`\`${folder}\``))).toEqual([]);
  });

  it("says why of each runtime dependency, and of no other", () => {
    const rows = [...page.matchAll(/^\| `([^`]+)` \| [^|]{10,} \|$/gm)].map((match) => match[1] as string);
    const packages = rows.filter((name) => !name.startsWith("src/"));
    expect(packages.toSorted()).toEqual(Object.keys(readPackage().dependencies).toSorted());
  });
});
