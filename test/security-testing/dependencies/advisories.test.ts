// Guards the database of advisories: exact ranges, every layout, and no silence where it is missing, old or broken.
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { hitOf, readAdvisory } from "../../../src/security-testing/dependencies/advisory.ts";
import type { Options } from "../folder.ts";
import { named, run, shop, VULNERABLE, zipOfAdvisories } from "./shop.ts";

describe("ranges of an advisory", () => {
  const advisory = (events: readonly object[], versions?: readonly string[]) =>
    readAdvisory(
      JSON.stringify({
        id: "GHSA-x",
        affected: [{ package: { ecosystem: "npm", name: "a" }, versions, ranges: [{ type: "SEMVER", events }] }],
      }),
    )?.affected[0];

  it.each([
    ["before the first", [{ introduced: "1.0.0" }, { fixed: "1.2.0" }], "0.9.9", undefined],
    ["the first", [{ introduced: "1.0.0" }, { fixed: "1.2.0" }], "1.0.0", "1.2.0"],
    ["the last before the fix", [{ introduced: "1.0.0" }, { fixed: "1.2.0" }], "1.1.99", "1.2.0"],
    ["the fix", [{ introduced: "1.0.0" }, { fixed: "1.2.0" }], "1.2.0", undefined],
    ["a preview of the fix", [{ introduced: "1.0.0" }, { fixed: "1.2.0" }], "1.2.0-rc.1", "1.2.0"],
    ["ten is more than nine", [{ introduced: "1.9.0" }, { fixed: "1.11.0" }], "1.10.0", "1.11.0"],
    ["a preview of the very first", [{ introduced: "0" }, { fixed: "1.0.0" }], "0.0.0-alpha", "1.0.0"],
    ["between two ranges", [{ introduced: "0" }, { fixed: "1.0.0" }, { introduced: "2.0.0" }], "1.5.0", undefined],
    ["events in disorder", [{ fixed: "1.0.0" }, { introduced: "0" }], "0.5.0", "1.0.0"],
    ["build metadata", [{ introduced: "1.0.0" }, { fixed: "1.2.0" }], "1.2.0+build", undefined],
    ["no version at all", [{ introduced: "0" }], "git+ssh://x", undefined],
  ])("%s", (_, events, version, fixed) => {
    expect(hitOf(advisory(events) as never, version)?.fixed).toBe(fixed);
  });

  it("end with the last affected version", () => {
    const affected = advisory([{ introduced: "0" }, { last_affected: "1.2.0" }]) as never;
    expect(hitOf(affected, "1.2.0")).toEqual({ fixed: undefined });
    expect(hitOf(affected, "1.2.1")).toBeUndefined();
  });
});

describe("the database", () => {
  it.each([
    ["a zip", (folder: string) => writeFileSync(path.join(folder, "db.zip"), zipOfAdvisories()), "db.zip"],
    [
      "a folder as osv-scanner keeps it",
      (folder: string) => {
        mkdirSync(path.join(folder, "db/osv-scalibr/npm"), { recursive: true });
        writeFileSync(path.join(folder, "db/osv-scalibr/npm/all.zip"), zipOfAdvisories());
      },
      "db",
    ],
  ])("may be %s", async (_, write, db) => {
    const cwd = shop();
    write(cwd);
    expect(named((await run(cwd, { db })).findings)).toEqual(VULNERABLE);
  });

  it("is loaded by --update into the cache, and used from there", async () => {
    const zip = zipOfAdvisories();
    const server = createServer((_, answer) => answer.end(zip)).listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once("listening", resolve));
    const cwd = shop();
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/npm/all.zip`;
    expect(named((await run(cwd, { update: true, "db-url": url })).findings)).toEqual(VULNERABLE);
    const later = await run(cwd);
    expect(named(later.findings)).toEqual(VULNERABLE);
    expect(later.progress[0]).toBe("10 advisories, 0 days old");
  });

  it.each<[string, Options, string]>([
    ["there is none", {}, "there is no database of advisories: load it by --update, or name one by --db"],
    ["it is elsewhere", { db: "nowhere" }, "there is no "],
    ["it is empty", { db: "src" }, "holds no advisories"],
    ["it is another file", { db: "package.json" }, "holds no advisories"],
    ["it is no zip", { db: "broken.zip" }, "is no zip"],
    ["the age is no number", { db: "fresh.zip", "db-age": "young" }, "are allowed"],
    ["nothing answers", { update: true, "db-url": "http://127.0.0.1:1/all.zip" }, "cannot be reached"],
  ])("is not silently done without: %s", async (_, options, why) => {
    const { findings, untested } = await run(shop({ "fresh.zip": zipOfAdvisories(), "broken.zip": "text" }), options);
    expect(named(findings)).toEqual([]);
    expect(untested).toMatchObject([{ kind: "dependencies", isExpected: false }]);
    expect(untested[0]?.why).toContain(why);
  });

  it("is not believed when it is old, unless that is allowed", async () => {
    const cwd = shop({ "old.zip": zipOfAdvisories() });
    const days = 9 * 86_400;
    utimesSync(path.join(cwd, "old.zip"), Date.now() / 1000 - days, Date.now() / 1000 - days);
    const { findings, untested } = await run(cwd, { db: "old.zip" });
    expect(named(findings)).toEqual([]);
    expect(untested[0]?.why).toContain("is 9 days old, and 7 are allowed");
    expect(named((await run(cwd, { db: "old.zip", "db-age": "9" })).findings)).toEqual(VULNERABLE);
  });
});
