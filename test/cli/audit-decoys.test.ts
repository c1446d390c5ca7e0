// Guards real history against the gateway itself: files that somebody put beside it, or broke, must not make retention remove more than its own rule.
import { copyFileSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { keyed, live } from "./recorded.ts";
import { run } from "./running.ts";

const rotated = (cwd: string) =>
  readdirSync(cwd)
    .filter((name) => /^audit\.ndjson\.\d/.test(name))
    .sort();

const bare = (name: string) => name.replace(/\.gz$/, "");

/** One life of a few rotations, fewer than are kept; and what was rotated then. */
async function lived(files = "filesMax: 6"): Promise<{ cwd: string; real: string[] }> {
  const { cwd } = await keyed(files);
  await live(cwd, 32);
  const real = rotated(cwd);
  expect(real.length).toBeGreaterThan(1);
  expect(real.length).toBeLessThan(5);
  return { cwd, real };
}

const verified = async (cwd: string) => {
  const { code, out } = await run(["audit", "verify"], { cwd });
  return { code, out };
};

describe("decoys with the names of rotated files", () => {
  const first = (cwd: string) => `${readFileSync(path.join(cwd, "audit.ndjson"), "utf8").split("\n")[0] as string}\n`;
  it.each([
    ["with the first line of the current file", first],
    ["that are empty", () => ""],
    ["that are no events", () => "no event\n"],
    ["with all of the newest", (cwd: string, newest: string) => gunzipSync(readFileSync(path.join(cwd, newest)))],
  ])("%s have no real file removed, nor anything said of one", async (_what, content) => {
    const { cwd, real } = await lived();
    const newest = real.at(-1) as string;
    const decoys = Array.from({ length: 8 }, (_one, i) => `${bare(newest).slice(0, -6)}00090${i}`);
    for (const name of decoys) writeFileSync(path.join(cwd, name), content(cwd, newest));
    await live(cwd, 16);
    for (const name of rotated(cwd)) if (decoys.includes(bare(name))) rmSync(path.join(cwd, name));
    expect(rotated(cwd)).toEqual(expect.arrayContaining(real));
    expect(rotated(cwd).length).toBeGreaterThan(real.length);
    expect(await verified(cwd)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^whole: events 1 to /) as string,
    });
    // It goes on with its own rule.
    await live(cwd, 100);
    expect(rotated(cwd)).not.toContain(real[0]);
    expect(await verified(cwd)).toMatchObject({ code: 0 });
  });

  it("with the last name of all have no file overwrite another", async () => {
    const { cwd, real } = await lived();
    const last = "audit.ndjson.99991231T235959998Z-999999";
    writeFileSync(path.join(cwd, last), "");
    await live(cwd, 16);
    for (const name of rotated(cwd)) if (bare(name) === last) rmSync(path.join(cwd, name));
    expect(rotated(cwd).slice(0, real.length)).toEqual(real);
    expect(await verified(cwd)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^whole: events 1 to /) as string,
    });
  });
});

describe("a decoy that is larger than any file", () => {
  /** A name that sorts before all that were rotated, and one behind them. */
  const NAMES = ["audit.ndjson.20200101T000000000Z-000000", "audit.ndjson.20991231T000000000Z-000000"];
  const HOLE_BYTES = 2 ** 34;
  const cpuS = () => process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6;

  it("of nothing but a hole is not packed, and not read to its end", async () => {
    const { cwd, real } = await lived();
    for (const name of NAMES) {
      writeFileSync(path.join(cwd, name), "");
      truncateSync(path.join(cwd, name), HOLE_BYTES);
    }
    const beganS = cpuS();
    await live(cwd, 16);
    expect(rotated(cwd)).toEqual(expect.arrayContaining([...NAMES, ...real]));
    expect(rotated(cwd).filter((name) => !name.endsWith(".gz"))).toEqual(NAMES);
    const { code, out } = await verified(cwd);
    expect([code, out]).toEqual([1, expect.stringMatching(/audit\.ndjson\.20200101T000000000Z-000000/)]);
    expect(cpuS() - beganS).toBeLessThan(8);
    for (const name of NAMES) rmSync(path.join(cwd, name));
    expect(await verified(cwd)).toMatchObject({ code: 0 });
  });

  it("that is packed into almost nothing is not unpacked to its end", async () => {
    const { cwd } = await lived();
    const member = gzipSync(Buffer.alloc(2 ** 26, "\n"));
    const file = path.join(cwd, `${NAMES[0]}.gz`);
    writeFileSync(file, Buffer.concat(Array.from({ length: 24 }, () => member)));
    const beganS = cpuS();
    const { code, out } = await verified(cwd);
    expect([code, out]).toEqual([1, expect.stringMatching(/audit\.ndjson\.20200101T000000000Z-000000\.gz/)]);
    const replayed = await run(["detect", "--replay", file, path.join(cwd, "audit.ndjson")], { cwd });
    expect(replayed).toMatchObject({
      code: 2,
      out: expect.stringContaining("far larger than what can be meant") as string,
    });
    expect(cpuS() - beganS).toBeLessThan(20);
    rmSync(file);
    expect(await verified(cwd)).toMatchObject({ code: 0 });
  });
});

describe("rotated files that are broken", () => {
  it("hold up nothing that is written, and have retention say no more than its rule", async () => {
    const { cwd } = await lived("filesMax: 3");
    for (const name of rotated(cwd)) writeFileSync(path.join(cwd, name), "");
    const before = rotated(cwd);
    await live(cwd, 28);
    expect(rotated(cwd)).toContain(before.at(-1));
    expect((await verified(cwd)).code).toBe(1);
    const sound = rotated(cwd).filter((name) => readFileSync(path.join(cwd, name)).length > 0);
    const search = ["audit", "search", "--text", "Retention removes", "--json", ...sound, "audit.ndjson"];
    const { out } = await run(search, { cwd });
    const said = [...out.matchAll(/"last":(\d+),"files"/g)].map((match) => Number(match[1]));
    expect(said.length).toBeGreaterThan(0);
    expect(Math.max(...said)).toBeLessThan(20);
  });
});

describe("a file whose sink has another name", () => {
  const rename = (cwd: string, to: string) => {
    const file = path.join(cwd, "portcullis.yaml");
    const text = readFileSync(file, "utf8").replace(
      /file: audit\.ndjson, (?:name: \w+, )?/,
      `file: audit.ndjson, name: ${to}, `,
    );
    writeFileSync(file, text);
  };

  it("goes on: what was said before holds, and nothing excuses that its beginning is gone", async () => {
    const { cwd } = await keyed("filesMax: 3");
    await live(cwd, 80);
    expect(await verified(cwd)).toMatchObject({ code: 0, out: expect.stringContaining("retention removed") as string });
    for (const name of ["backup", "other", "backup"]) {
      rename(cwd, name);
      await live(cwd, 2);
      expect(await verified(cwd)).toMatchObject({
        code: 0,
        out: expect.stringMatching(/^whole: .*retention removed/) as string,
      });
      // Each event once, also over the change.
      expect((await run(["audit", "stats"], { cwd })).code).toBe(0);
    }
    const held = rotated(cwd);
    for (const name of held) renameSync(path.join(cwd, name), path.join(cwd, `held-${name}`));
    expect(await verified(cwd)).toMatchObject({ code: 1, out: expect.stringMatching(/^missing: /) as string });
    for (const name of held) copyFileSync(path.join(cwd, `held-${name}`), path.join(cwd, name));
    expect(await verified(cwd)).toMatchObject({ code: 0 });
    await live(cwd, 80);
    expect(rotated(cwd).length).toBeLessThanOrEqual(4);
    expect(await verified(cwd)).toMatchObject({ code: 0 });
  });
});
