// Guards the reading of lock files and bills of materials: every form tells the same packages, needs and roots.
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { chainsOf, sayChain } from "../../../src/security-testing/dependencies/chains.ts";
import { readBill } from "../../../src/security-testing/dependencies/bill-reading.ts";
import { type Inventory, InventoryError } from "../../../src/security-testing/dependencies/inventory.ts";
import { readNpmLock } from "../../../src/security-testing/dependencies/npm-lock.ts";
import { readPnpmLock } from "../../../src/security-testing/dependencies/pnpm-lock.ts";
import { readYarnLock } from "../../../src/security-testing/dependencies/yarn-lock.ts";

/** What the lock files beside this test were made from, each by its own package manager. */
const MANIFEST = JSON.stringify({
  name: "shop",
  dependencies: { "underscore-old": "npm:lodash@4.17.15", debug: "2.6.8", "@babel/code-frame": "7.0.0" },
  devDependencies: { mkdirp: "0.5.1", "core-js": "3.6.5" },
});

const INSTALLED = [
  "@babel/code-frame 7.0.0",
  "@babel/helper-validator-identifier 7.29.7",
  "@babel/highlight 7.25.9",
  "ansi-styles 3.2.1",
  "chalk 2.4.2",
  "color-convert 1.9.3",
  "color-name 1.1.3",
  "core-js 3.6.5",
  "debug 2.6.8",
  "escape-string-regexp 1.0.5",
  "has-flag 3.0.0",
  "js-tokens 4.0.0",
  "lodash 4.17.15",
  "minimist 0.0.8",
  "mkdirp 0.5.1",
  "ms 2.0.0",
  "picocolors 1.1.1",
  "supports-color 5.5.0",
];

const FORMS: readonly (readonly [string, (file: string, text: string) => Inventory])[] = [
  ["package-lock-1.json", readNpmLock],
  ["package-lock-2.json", readNpmLock],
  ["package-lock-3.json", readNpmLock],
  ["pnpm-lock-5.yaml", readPnpmLock],
  ["pnpm-lock-6.yaml", readPnpmLock],
  ["pnpm-lock-9.yaml", readPnpmLock],
  ["yarn-1.lock", (file, text) => readYarnLock(file, text, [MANIFEST])],
  ["yarn-4.lock", (file, text) => readYarnLock(file, text, [MANIFEST])],
];

describe.each(FORMS)("%s", (file, read) => {
  let text: string;
  let inventory: Inventory;
  beforeAll(() => {
    text = readFileSync(new URL(`locks/${file}`, import.meta.url), "utf8");
    inventory = read(file, text);
  });

  it("lists every package by its name in the registry, and no other", () => {
    expect([...inventory.packages.values()].map(({ name, version }) => `${name} ${version}`).sort()).toEqual(INSTALLED);
  });

  it("tells the ways to what nobody asked for", () => {
    const ways = [...chainsOf(inventory).values()].map(sayChain).map((way) => way.slice(way.indexOf(" > ")));
    expect(ways).toContain(" > mkdirp 0.5.1 > minimist 0.0.8");
    expect(ways).toContain(" > lodash 4.17.15");
    expect(ways).toContain(
      " > @babel/code-frame 7.0.0 > @babel/highlight 7.25.9 > chalk 2.4.2 > supports-color 5.5.0 > has-flag 3.0.0",
    );
    expect(ways).toHaveLength(INSTALLED.length);
  });

  it("knows the line of each", () => {
    for (const { name, line } of inventory.packages.values()) {
      const said = text.split("\n")[line - 1] as string;
      expect(said).toContain(name === "lodash" && !said.includes("lodash") ? "underscore-old" : name);
    }
  });
});

describe("what a form tells of packages", () => {
  const read = (file: string) => readFileSync(new URL(`locks/${file}`, import.meta.url), "utf8");
  const named = (inventory: Inventory, name: string) =>
    [...inventory.packages.values()].find((installed) => installed.name === name);

  it("of npm: for development only, and install scripts", () => {
    const inventory = readNpmLock("package-lock.json", read("package-lock-3.json"));
    expect(named(inventory, "core-js")).toMatchObject({ isDevelopment: true, hasInstallScript: true });
    expect(named(inventory, "debug")).toMatchObject({ isDevelopment: false, hasInstallScript: false });
  });

  it("of pnpm before version 9: install scripts", () => {
    const inventory = readPnpmLock("pnpm-lock.yaml", read("pnpm-lock-6.yaml"));
    expect(named(inventory, "core-js")).toMatchObject({ isDevelopment: true, hasInstallScript: true });
  });

  it("of npm: two versions of one package, each found from where it is needed", () => {
    const inventory = readNpmLock(
      "package-lock.json",
      JSON.stringify({
        lockfileVersion: 3,
        packages: {
          "": { name: "shop", dependencies: { a: "1", b: "1" }, workspaces: ["packages/*"] },
          "node_modules/a": { version: "1.0.0", dependencies: { b: "2" } },
          "node_modules/a/node_modules/b": { version: "2.0.0" },
          "node_modules/b": { version: "1.0.0" },
          "node_modules/web": { resolved: "packages/web", link: true },
          "packages/web": { name: "web", version: "1.0.0", dependencies: { c: "1" } },
          "packages/web/node_modules/c": { version: "1.0.0", dependencies: { b: "1" } },
        },
      }),
    );
    expect([...chainsOf(inventory).values()].map(sayChain).sort()).toEqual([
      "shop > a 1.0.0",
      "shop > a 1.0.0 > b 2.0.0",
      "shop > b 1.0.0",
      "web > c 1.0.0",
    ]);
  });
});

describe("a file that is not what its name says", () => {
  it.each([
    ["a version of npm that nobody knows", () => readNpmLock("a", '{"lockfileVersion":9}')],
    ["a version of pnpm that nobody knows", () => readPnpmLock("a", "lockfileVersion: '3.0'\n")],
    ["no lock file of Yarn", () => readYarnLock("a", "a: b\n", [])],
    ["no bill of materials", () => readBill("a", '{"hello":1}')],
  ])("is not read as empty: %s", (_, read) => {
    expect(read).toThrow(InventoryError);
  });
});

describe("a bill of materials", () => {
  const purl = "pkg:npm/%40acme/lib@1.2.3";

  it("of CycloneDX, with what needs what", () => {
    const inventory = readBill(
      "bom.json",
      JSON.stringify({
        bomFormat: "CycloneDX",
        metadata: { component: { name: "shop", "bom-ref": "root" } },
        components: [
          { name: "lib", purl, "bom-ref": "one" },
          { name: "inner", purl: "pkg:npm/inner@0.1.0?download=x", "bom-ref": "two" },
          { name: "openssl", purl: "pkg:deb/debian/openssl@3.0.0", "bom-ref": "three" },
        ],
        dependencies: [
          { ref: "root", dependsOn: ["one", "three"] },
          { ref: "one", dependsOn: ["two"] },
        ],
      }),
    );
    expect(inventory.hasPaths).toBe(true);
    expect([...chainsOf(inventory).values()].map(sayChain)).toEqual([
      "shop > @acme/lib 1.2.3",
      "shop > @acme/lib 1.2.3 > inner 0.1.0",
    ]);
  });

  it("of CycloneDX, without", () => {
    const inventory = readBill(
      "bom.json",
      JSON.stringify({ bomFormat: "CycloneDX", components: [{ name: "lib", purl }] }),
    );
    expect(inventory.hasPaths).toBe(false);
    expect([...inventory.packages.values()]).toMatchObject([{ name: "@acme/lib", version: "1.2.3" }]);
  });

  it("of SPDX 2, in either direction of its relationships", () => {
    const external = (locator: string) => [{ referenceType: "purl", referenceLocator: locator }];
    const inventory = readBill(
      "shop.spdx.json",
      JSON.stringify({
        spdxVersion: "SPDX-2.3",
        name: "shop",
        packages: [
          { SPDXID: "SPDXRef-shop", name: "shop", externalRefs: external("pkg:npm/shop@1.0.0") },
          { SPDXID: "SPDXRef-lib", name: "lib", externalRefs: external(purl) },
          { SPDXID: "SPDXRef-inner", name: "inner", externalRefs: external("pkg:npm/inner@0.1.0") },
        ],
        relationships: [
          { spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: "SPDXRef-shop" },
          { spdxElementId: "SPDXRef-shop", relationshipType: "DEPENDS_ON", relatedSpdxElement: "SPDXRef-lib" },
          { spdxElementId: "SPDXRef-inner", relationshipType: "DEPENDENCY_OF", relatedSpdxElement: "SPDXRef-lib" },
        ],
      }),
    );
    expect([...chainsOf(inventory).values()].map(sayChain)).toEqual([
      "shop > @acme/lib 1.2.3",
      "shop > @acme/lib 1.2.3 > inner 0.1.0",
    ]);
  });
});
