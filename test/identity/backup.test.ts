// A backup that is taken while people sign up, put back elsewhere; and what is no backup, or only a part of one.
import { copyFileSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { run } from "../cli/running.ts";
import { authorize, discover, redeem, signUp } from "./flows.ts";
import { Recorder } from "./recorder.ts";
import { Site } from "./site.ts";
import { Worker } from "./worker.ts";

// Several processes start in some of these, one after another.

let site: Site;
let copy: string;
/** Who was told that it has an account before the backup began. */
let before: readonly string[];

beforeAll(async () => {
  site = await Site.make();
  await site.start();
  await signUp(site, "ann@example.com");
  const recorder = new Recorder();
  const workers = [1, 2, 3].map(() => new Worker(site, recorder, () => Promise.resolve()));
  const working = Promise.all(workers.map((worker) => worker.work()));
  await recorder.answers(40);
  before = [...recorder.registered];
  copy = path.join(site.folder, "copy.db");
  await site.run("identity", "backup", copy);
  await recorder.answers(10);
  for (const worker of workers) worker.stop();
  await working;
});

afterAll(() => site.close());

/** A site with the same secret and nothing else. */
async function another(): Promise<Site> {
  const other = await Site.make({ secret: site.secret });
  onTestFinished(() => other.close());
  return other;
}

const restores = async (other: Site) => {
  const { code, out } = await run(["identity", "restore", copy], { cwd: other.folder, env: other.environment() });
  expect([code, out]).toEqual([0, expect.stringContaining("is what")]);
};

const fails = async (other: Site, ...words: string[]) => {
  const { code, err } = await run(["identity", ...words], { cwd: other.folder, env: other.environment() });
  expect(code).toBe(2);
  return err;
};

describe("a backup that was taken while it was served", () => {
  it("has everything that was acknowledged before, and is served elsewhere", async () => {
    const other = await another();
    await restores(other);
    await other.start();
    const list = await other.run("identity", "user", "list");
    for (const email of before) expect(list).toContain(email);
    const tokens = await redeem(
      await discover(other, "spa"),
      await authorize(await discover(other, "spa"), "ann@example.com"),
    );
    expect(tokens.access_token).not.toBe("");
  });

  it("is nobody else's to read, as the database is", async () => {
    const other = await another();
    await restores(other);
    expect([copy, other.database].map((file) => statSync(file).mode & 0o777)).toEqual([0o600, 0o600]);
  });

  it("is not put over what is there, nor below a server", async () => {
    expect(await fails(site, "restore", copy)).toContain("is served by another process");
    const other = await another();
    await restores(other);
    expect(await fails(other, "restore", copy)).toContain("is there already");
    expect(await fails(other, "backup", copy)).toContain("is there already");
  });

  it("is refused with other secrets, and nothing is put anywhere", async () => {
    const stranger = await Site.make();
    onTestFinished(() => stranger.close());
    expect(await fails(stranger, "restore", copy)).toContain("do not open");
    expect(existsSync(stranger.database)).toBe(false);
  });
});

it("a second server of one SQLite file is refused with the remedy, and the first goes on", async () => {
  await expect(site.start(1)).rejects.toThrow(/is served by another process[\s\S]*One process serves a SQLite file/);
  expect((await fetch(`${site.issuer}/jwks`)).status).toBe(200);
});

describe("what is not a whole backup", () => {
  const size = () => statSync(copy).size;

  it.each([0, 1, 100, 512, 4_096, 8_192, 20_000, -4_096, -1])("one cut off at %i is refused", async (at) => {
    const other = await another();
    const part = path.join(other.folder, "part.db");
    copyFileSync(copy, part);
    truncateSync(part, at < 0 ? size() + at : at);
    expect(await fails(other, "restore", part)).toMatch(/damaged|cannot be read|no backup/);
    expect(existsSync(other.database)).toBe(false);
  });

  it("one with a page of zeros in it is refused", async () => {
    const other = await another();
    const part = path.join(other.folder, "part.db");
    const bytes = readFileSync(copy);
    bytes.fill(0, 8_192, 12_288);
    writeFileSync(part, bytes);
    expect(await fails(other, "restore", part)).toMatch(/damaged|cannot be read/);
  });

  it("one that is cut off and put in place by hand is not served", async () => {
    const other = await another();
    copyFileSync(copy, other.database);
    truncateSync(other.database, Math.floor(size() / 8_192) * 4_096);
    await expect(other.start()).rejects.toThrow(/is damaged[\s\S]*Put back a backup/);
  });

  it.each([
    ["artifact", "UPDATE artifact SET payload = zeroblob(length(payload))"],
    ["artifact", "UPDATE artifact SET id_hash = id_hash || 'x' WHERE model = 'Session'"],
    [
      "signing_key",
      "UPDATE signing_key SET kid = kid || 'x' WHERE signs_from = (SELECT max(signs_from) FROM signing_key)",
    ],
  ])("one whose %s was altered is refused: %s", async (table, change) => {
    const other = await another();
    const altered = path.join(other.folder, "altered.db");
    copyFileSync(copy, altered);
    const database = new DatabaseSync(altered);
    database.exec(change);
    database.close();
    expect(await fails(other, "restore", altered)).toMatch(new RegExp(`${table}|do not open`));
    expect(existsSync(other.database)).toBe(false);
  });

  it("another file is refused", async () => {
    const other = await another();
    expect(await fails(other, "restore", path.join(other.folder, "openapi.yaml"))).toMatch(
      /damaged|cannot be read|no backup/,
    );
    expect(await fails(other, "restore", path.join(other.folder, "nothing.db"))).toContain("there is no");
  });
});
