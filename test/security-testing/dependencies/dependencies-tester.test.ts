// Guards the test of dependencies: what is vulnerable is found with its way, its fix and its use, and what could not be judged is said.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { asList, asObject } from "../../../src/security-testing/dependencies/inventory.ts";
import { ROOT } from "../../repository/tree.ts";
import { folderOf } from "../folder.ts";
import { ADVISORIES, MANIFEST, named, readLock, run, shop, VULNERABLE } from "./shop.ts";

describe("known vulnerabilities", () => {
  it("are found in what is installed, and in nothing else", async () => {
    const { findings, untested } = await run(shop(), { db: ADVISORIES });
    expect(named(findings)).toEqual(VULNERABLE);
    expect(untested).toEqual([]);
  });

  it("say how the package came, what fixes it, whether it is imported, and where it is listed", async () => {
    const { findings } = await run(shop(), { db: ADVISORIES });
    const minimist = findings.find(({ message }) => message.startsWith("minimist"));
    expect(minimist).toMatchObject({
      rule: "dependencies.vulnerable",
      severity: "medium",
      confidence: "firm",
      message:
        "minimist 0.0.8, for development only, has GHSA-0000-test-0002: Arguments reach prototypes. Fixed in 0.2.1.",
      remedy: "Install minimist 0.2.1 or newer.",
    });
    expect(minimist?.evidence.map(({ say }) => say)).toEqual([
      "Needed by: shop > mkdirp 0.5.1 > minimist 0.0.8",
      "No source file imports minimist, nor what brings it",
    ]);
    const place = minimist?.places[0];
    expect(readLock("package-lock-3.json").split("\n")[(place?.line as number) - 1]).toContain("node_modules/minimist");
    const debug = findings.find(({ message }) => message.startsWith("debug"));
    expect(debug).toMatchObject({ severity: "low", confidence: "certain" });
    expect(debug?.message).toContain("No fixed version is known.");
    expect(debug?.evidence.map(({ say }) => say)).toContain("Imported at src/a.ts:1");
  });

  it("are malicious packages where they are that", async () => {
    const { findings } = await run(shop(), { db: ADVISORIES });
    const rules = findings.filter(({ message }) => message.includes("MAL-2026-900009")).map(({ rule }) => rule);
    expect(rules).toEqual(["dependencies.malicious"]);
  });

  it.each(["pnpm-lock-9.yaml", "yarn-1.lock", "yarn-4.lock", "package-lock-1.json"])(
    "are the same by %s",
    async (file) => {
      const { findings } = await run(folderOf({ "package.json": MANIFEST, [file]: readLock(file) }), {
        db: ADVISORIES,
        lockfile: file,
      });
      expect(named(findings)).toEqual(VULNERABLE);
    },
  );

  it("keep their fingerprint when the version changes, and differ by advisory", async () => {
    const newer = readLock("package-lock-3.json").replaceAll("4.17.15", "4.17.14");
    const [before, after] = await Promise.all([
      run(shop(), { db: ADVISORIES }),
      run(shop({ "package-lock.json": newer }), { db: ADVISORIES }),
    ]);
    expect(after.findings.map(({ fingerprint }) => fingerprint)).toEqual(
      before.findings.map(({ fingerprint }) => fingerprint),
    );
    expect(new Set(before.findings.map(({ fingerprint }) => fingerprint)).size).toBe(before.findings.length);
  });
});

describe("install scripts", () => {
  const scripts = async (cwd: string) => {
    const { findings, untested } = await run(cwd, { db: ADVISORIES });
    const of = findings.filter(({ rule }) => rule === "dependencies.install-script").map(({ message }) => message);
    return { of, untested };
  };

  it("are found where nobody decided about them", async () => {
    expect((await scripts(shop())).of).toEqual(["core-js 3.6.5 runs a program when it is installed."]);
  });

  it.each([
    ["allowed", { allowScripts: { "core-js": true } }],
    ["refused", { allowScripts: { "core-js@3.6.5": false } }],
    ["allowed by pnpm", { pnpm: { onlyBuiltDependencies: ["core-js"] } }],
    ["refused by Yarn", { dependenciesMeta: { "core-js": { built: false } } }],
  ])("are none where they are %s", async (_, manifest) => {
    expect((await scripts(shop({ "package.json": JSON.stringify(manifest) }))).of).toEqual([]);
  });

  it("are read from what is installed where the lock file does not tell, or said to be unknown", async () => {
    const lock = `# yarn lockfile v1\n\n\na@1:\n  version "1.0.0"\n\nb@1:\n  version "1.0.0"\n`;
    const installed = JSON.stringify({ version: "1.0.0", scripts: { postinstall: "node x.js" } });
    const { of, untested } = await scripts(
      folderOf({ "package.json": MANIFEST, "yarn.lock": lock, "node_modules/a/package.json": installed }),
    );
    expect(of).toEqual(["a 1.0.0 runs a program when it is installed."]);
    expect(untested).toMatchObject([{ what: "install scripts of 1 packages in yarn.lock", isExpected: false }]);
  });
});

describe("lock files", () => {
  it("are looked for in every folder, and left out by --exclude", async () => {
    const files = { "package.json": MANIFEST, "services/a/package-lock.json": readLock("package-lock-3.json") };
    expect(named((await run(folderOf(files), { db: ADVISORIES })).findings)).toEqual(VULNERABLE);
    const { findings, untested } = await run(folderOf(files), { db: ADVISORIES, exclude: "services" });
    expect(findings).toEqual([]);
    expect(untested[0]?.why).toContain("there is no lock file");
  });

  it("that cannot be read are not taken for clean", async () => {
    const { untested } = await run(shop({ "sub/pnpm-lock.yaml": "lockfileVersion: '12.0'\n" }), { db: ADVISORIES });
    expect(untested).toMatchObject([{ what: "sub/pnpm-lock.yaml", isExpected: false }]);
  });
});

describe("the bill of materials", () => {
  it("is CycloneDX 1.6 by its schema, and is read back as what it was made from", async () => {
    const cwd = shop();
    await run(cwd, { db: ADVISORIES, sbom: "bom.json" });
    const bill = asObject(JSON.parse(readFileSync(path.join(cwd, "bom.json"), "utf8")));
    const validate = cycloneDxSchema();
    validate(bill);
    expect(validate.errors).toBeNull();
    expect(bill["specVersion"]).toBe("1.6");
    expect(validate({ ...bill, components: [{ name: "no type" }] })).toBe(false);
    expect(asList(bill["components"])).toHaveLength(18);
    const { findings } = await run(cwd, { db: ADVISORIES, lockfile: "bom.json" });
    expect(named(findings)).toEqual(VULNERABLE);
    const ways = findings.flatMap(({ evidence }) => evidence.map(({ say }) => say));
    expect(ways).toContain("Needed by: shop > mkdirp 0.5.1 > minimist 0.0.8");
  });

  it.each(["bom.json", "./bom.json", "reports/shop.cdx.json"])(
    "%s is no input of the run that writes it",
    async (sbom) => {
      const cwd = shop({ "reports/a.txt": "" });
      const first = await run(cwd, { db: ADVISORIES, sbom });
      const written = JSON.parse(readFileSync(path.join(cwd, sbom), "utf8")) as object;
      const again = await run(cwd, { db: ADVISORIES, sbom });
      expect(again).toEqual(first);
      const rewritten = JSON.parse(readFileSync(path.join(cwd, sbom), "utf8")) as object;
      expect(asList(asObject(rewritten)["components"])).toEqual(asList(asObject(written)["components"]));
      // Nor of later ones, not even where the lock file has gone on.
      expect(await run(cwd, { db: ADVISORIES })).toEqual(first);
      writeFileSync(
        path.join(cwd, "package-lock.json"),
        readLock("package-lock-3.json").replaceAll("4.17.15", "4.99.0"),
      );
      expect(named((await run(cwd, { db: ADVISORIES })).findings)).toEqual(
        VULNERABLE.filter((name) => !name.startsWith("lodash")),
      );
    },
  );

  it("is read where what it was made from is not, and where somebody else wrote it", async () => {
    const cwd = shop();
    await run(cwd, { db: ADVISORIES, sbom: "bom.json" });
    const alone = await run(cwd, { db: ADVISORIES, exclude: "package-lock.json" });
    expect(named(alone.findings)).toEqual(VULNERABLE);
    const text = readFileSync(path.join(cwd, "bom.json"), "utf8");
    writeFileSync(path.join(cwd, "bom.json"), text.replaceAll("portcullis:made-from", "other:made-from"));
    const both = await run(cwd, { db: ADVISORIES });
    expect(named(both.findings)).toEqual([...VULNERABLE, ...VULNERABLE].sort());
  });

  it("that is to be written over the only one there is leaves nothing to test", async () => {
    const cwd = shop();
    await run(cwd, { db: ADVISORIES, sbom: "bom.json" });
    const { untested } = await run(cwd, { db: ADVISORIES, sbom: "bom.json", exclude: "package-lock.json" });
    expect(untested[0]?.why).toContain("there is no lock file and no bill of materials");
  });
});

/** As the library brings them. */
function cycloneDxSchema(): ValidateFunction {
  const folder = path.join(ROOT, "node_modules/@cyclonedx/cyclonedx-library/res/schema");
  const schemaOf = (name: string): object => JSON.parse(readFileSync(path.join(folder, name), "utf8")) as object;
  const judge = new Ajv({ strict: false });
  addFormats.default(judge);
  for (const name of ["idn-email", "iri-reference"]) judge.addFormat(name, true);
  judge.addSchema(schemaOf("spdx.SNAPSHOT.schema.json"), "http://cyclonedx.org/schema/spdx.SNAPSHOT.schema.json");
  judge.addSchema(
    schemaOf("jsf-0.82.SNAPSHOT.schema.json"),
    "http://cyclonedx.org/schema/jsf-0.82.SNAPSHOT.schema.json",
  );
  return judge.compile(schemaOf("bom-1.6.SNAPSHOT.schema.json"));
}
