// Guards the record of a file whose sink was taken out, put back, spelled otherwise or given another path; and what its spool knows of it against whoever cuts it off.
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { keyed, live } from "./recorded.ts";
import { run } from "./running.ts";

const CONFIGURATION = "portcullis.yaml";
const read = (cwd: string, name: string) => readFileSync(path.join(cwd, name), "utf8");

const rotated = (cwd: string) => readdirSync(cwd).filter((name) => /^audit\.ndjson\.\d/.test(name));

/** One life with another spelling of the file sink; then as it was. */
async function liveWith(cwd: string, sink: string, events: number): Promise<void> {
  const text = read(cwd, CONFIGURATION);
  const file = /\{ file: audit\.ndjson,/.exec(text)?.[0] as string;
  const other = "{ file: other.ndjson, name: other, flushAfter: 1ms }, ";
  const changed = sink === "" ? text.replace(/\{ file: audit[^}]*\}/, "") : text.replace(file, sink);
  writeFileSync(path.join(cwd, CONFIGURATION), changed.replace("sinks: [", `sinks: [${other}`));
  await live(cwd, events);
  writeFileSync(path.join(cwd, CONFIGURATION), text);
}

const verified = async (cwd: string, words: readonly string[] = []) => {
  const { code, out } = await run(["audit", "verify", ...words], { cwd });
  return { code, out };
};

/** As it is, and with everything away that was rotated. */
async function expectNothingExcused(cwd: string): Promise<void> {
  expect(await verified(cwd)).toMatchObject({ code: 0 });
  const names = rotated(cwd);
  expect(names.length).toBeGreaterThan(0);
  for (const name of names) renameSync(path.join(cwd, name), path.join(cwd, `held-${name}`));
  expect(await verified(cwd)).toMatchObject({ code: 1, out: expect.stringMatching(/^missing: /) as string });
  for (const name of names) copyFileSync(path.join(cwd, `held-${name}`), path.join(cwd, name));
  expect(await verified(cwd)).toMatchObject({ code: 0 });
}

describe("a file whose sink", () => {
  it.each([
    ["was taken out for one start", ""],
    ["wrote to another path for one start", "{ file: moved.ndjson,"],
    ["was spelled otherwise, through a link", "{ file: link/audit.ndjson,"],
    ["had another name and another spelling", "{ file: link/audit.ndjson, name: backup,"],
  ])("%s goes on, and nothing excuses that its beginning is gone", async (_what, sink) => {
    const { cwd } = await keyed();
    symlinkSync(cwd, path.join(cwd, "link"));
    await live(cwd, 30);
    await liveWith(cwd, sink, 30);
    await live(cwd, 10);
    await expectNothingExcused(cwd);
    expect(await run(["audit", "stats"], { cwd })).toMatchObject({ code: 0 });
  });

  it("was taken out lacks what was recorded then, and says which events", async () => {
    const { cwd } = await keyed();
    const text = read(cwd, CONFIGURATION);
    writeFileSync(path.join(cwd, CONFIGURATION), text.replace("folder: spool", "folder: spool, bytesMax: 1MiB"));
    await live(cwd, 30);
    // So much that the spool does not have all of it any more.
    await liveWith(cwd, "", 3_000);
    await live(cwd, 10);
    const { code, out } = await verified(cwd);
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/file was not there for events \d+ to \d+: event \d+ says so/),
    ]);
    const [, from, to] = /not there for events (\d+) to (\d+)/.exec(out) as unknown as [string, string, string];
    expect(Number(from)).toBe(31);
    expect(Number(to)).toBeGreaterThan(1_000);
    await expectNothingExcused(cwd);
  });

  it("has its own rule of retention also after it wrote to another path", async () => {
    const { cwd } = await keyed("filesMax: 3");
    await live(cwd, 80);
    const before = rotated(cwd);
    await liveWith(cwd, "{ file: moved.ndjson,", 10);
    await live(cwd, 80);
    expect(rotated(cwd).length).toBeLessThanOrEqual(4);
    for (const name of before) expect(rotated(cwd)).not.toContain(name);
    expect(await verified(cwd)).toMatchObject({ code: 0 });
  });
});

describe("a folder of audit files that was moved", () => {
  /** Some rotated and removed files, in a folder of their own. */
  async function inFolder(): Promise<string> {
    const { cwd } = await keyed("filesMax: 3");
    mkdirSync(path.join(cwd, "log"));
    respell(cwd, "file: audit.ndjson", "file: log/audit.ndjson");
    await live(cwd, 80);
    expect((await verified(cwd)).out).toContain("retention removed");
    return cwd;
  }
  const respell = (cwd: string, from: string, to: string) =>
    writeFileSync(path.join(cwd, CONFIGURATION), read(cwd, CONFIGURATION).replace(from, to));
  const moves: [string, (cwd: string) => void][] = [
    [
      "and named anew",
      (cwd) => {
        renameSync(path.join(cwd, "log"), path.join(cwd, "big"));
        respell(cwd, "file: log/", "file: big/");
      },
    ],
    [
      "with a link left behind",
      (cwd) => {
        renameSync(path.join(cwd, "log"), path.join(cwd, "big"));
        symlinkSync("big", path.join(cwd, "log"));
      },
    ],
  ];

  it.each(moves)("%s goes on as it was, with its own rule of retention", async (_how, move) => {
    const cwd = await inFolder();
    move(cwd);
    await live(cwd, 80);
    expect(await verified(cwd)).toMatchObject({ code: 0, out: expect.stringMatching(/^whole: /) as string });
    expect(readdirSync(path.join(cwd, "big")).length).toBeLessThanOrEqual(5);
  });

  it.each(moves)("%s is no cover for an end that was cut off before, nor for all of it", async (_how, move) => {
    for (const keep of [0.5, 0]) {
      const cwd = await inFolder();
      const lines = read(cwd, "log/audit.ndjson").split("\n");
      writeFileSync(
        path.join(cwd, "log/audit.ndjson"),
        lines
          .slice(0, lines.length * keep)
          .map((line) => `${line}\n`)
          .join(""),
      );
      if (keep === 0)
        for (const name of readdirSync(path.join(cwd, "log")))
          if (name !== "audit.ndjson") rmSync(path.join(cwd, "log", name));
      expect((await verified(cwd)).code).not.toBe(0);
      move(cwd);
      await live(cwd, 5);
      expect(await verified(cwd)).toMatchObject({ code: 1, out: expect.stringMatching(/^missing: /) as string });
    }
  });
});

describe("what somebody put beside the file, or in its place", () => {
  const decoy = "audit.ndjson.20200101T000000000Z-000000";
  it.each([
    ["a folder", (file: string) => mkdirSync(file)],
    ["a link to itself", (file: string) => symlinkSync(path.basename(file), file)],
    ["a link to the key", (file: string) => symlinkSync("audit.key", file)],
    ["a link to nowhere", (file: string) => symlinkSync("nowhere", file)],
    ["a pipe", (file: string) => execFileSync("mkfifo", [file])],
  ])(
    "with the name of a rotated file, %s, holds up neither what is recorded nor who looks at it",
    async (_what, put) => {
      const { cwd } = await keyed();
      await live(cwd, 15);
      put(path.join(cwd, decoy));
      put(path.join(cwd, "audit.ndjson.1"));
      await live(cwd, 15);
      expect(await verified(cwd)).toMatchObject({
        code: 0,
        out: expect.stringMatching(/^whole: events 1 to 30/) as string,
      });
    },
  );

  it("a link of their names has nothing of what it leads to packed beside it", async () => {
    const { cwd } = await keyed();
    symlinkSync("audit.key", path.join(cwd, decoy));
    await live(cwd, 30);
    const key = read(cwd, "audit.key").trim();
    for (const name of readdirSync(cwd).filter((one) => one.endsWith(".gz"))) {
      expect(gunzipSync(readFileSync(path.join(cwd, name))).includes(key)).toBe(false);
    }
  });

  it("a link in place of the checkpoints has none added to what it leads to", async () => {
    const { cwd } = await keyed();
    const text = read(cwd, CONFIGURATION);
    symlinkSync(CONFIGURATION, path.join(cwd, "checkpoints.txt"));
    await live(cwd, 15);
    expect(read(cwd, CONFIGURATION)).toBe(text);
    expect((await run(["audit", "search", "--text", "checkpoint-failed", "--json"], { cwd })).out).toContain("ELOOP");
    rmSync(path.join(cwd, "checkpoints.txt"));
    await live(cwd, 5);
    expect(await verified(cwd)).toMatchObject({ code: 0 });
  });

  it("a link has nothing added to what it leads to", async () => {
    const { cwd } = await keyed();
    const key = read(cwd, "audit.key");
    symlinkSync("audit.key", path.join(cwd, "audit.ndjson"));
    const { code, err } = await run(["start"], { cwd });
    expect([code, err]).toEqual([1, expect.stringMatching(/audit\.ndjson cannot be opened: it is a link/)]);
    expect(read(cwd, "audit.key")).toBe(key);
  });
});

describe("two sinks of one file", () => {
  it("are refused, however the file is spelled", async () => {
    const { cwd } = await keyed();
    symlinkSync(cwd, path.join(cwd, "link"));
    const text = read(cwd, CONFIGURATION);
    writeFileSync(
      path.join(cwd, CONFIGURATION),
      text.replace("sinks: [", "sinks: [{ file: link/audit.ndjson, name: b }, "),
    );
    const { code, err } = await run(["start"], { cwd });
    expect([code, err]).toEqual([1, expect.stringMatching(/audit\.ndjson is the file that b writes to/)]);
  });
});

describe("a record that somebody cut off at its end", () => {
  const cutOff = (cwd: string, name: string, lines: number) => {
    const kept = read(cwd, name)
      .split("\n")
      .slice(0, -lines - 1);
    writeFileSync(path.join(cwd, name), kept.length === 0 ? "" : `${kept.join("\n")}\n`);
  };
  /** The notes of a file, each with its empty line. */
  const notes = (cwd: string) => read(cwd, "checkpoints.txt").split(/(?<=\n— \S+ \S+\n\n)/u);

  it("is known by its spool, without any checkpoint", async () => {
    const { cwd } = await keyed();
    const text = read(cwd, CONFIGURATION).replace(/, checkpoints: .*records: 10 \}/, "");
    writeFileSync(path.join(cwd, CONFIGURATION), text);
    await live(cwd, 30);
    expect(await verified(cwd)).toMatchObject({ code: 0 });
    cutOff(cwd, "audit.ndjson", 2);
    const { code, out } = await verified(cwd);
    expect([code, out]).toEqual([
      1,
      expect.stringMatching(/^truncated: events \d+ to \d+ are missing at the end: the spool delivered them/),
    ]);
    // Nothing later is there that could have been asked for.
    for (const words of [
      ["--to", new Date().toISOString()],
      ["--to", "2099-01-01"],
      ["--from", "1h"],
    ])
      expect(await verified(cwd, words)).toMatchObject({ code: 1, out });
    expect(await verified(cwd, ["--from", "2098-01-01"])).toMatchObject({ code: 1 });
    expect(await verified(cwd, ["--to", "2020-01-01"])).toEqual({
      code: 0,
      out: expect.stringMatching(
        /^no event up to 2020-01-01T00:00:00.000Z: the record has events 1 to \d+\n/,
      ) as string,
    });
  });

  it.each([
    ["removed", () => []],
    ["cut off at their end", (all: string[]) => all.slice(0, -2)],
    ["put back as they were earlier", (all: string[]) => all.slice(0, 1)],
  ])("is no whole one with checkpoints that were %s", async (_what, change) => {
    const { cwd } = await keyed();
    await live(cwd, 30);
    const all = notes(cwd);
    expect(all.length).toBeGreaterThan(2);
    expect(await verified(cwd)).toMatchObject({ code: 0 });
    writeFileSync(path.join(cwd, "checkpoints.txt"), change(all).join(""));
    const { code, out } = await verified(cwd);
    expect([code, out]).toEqual([
      1,
      expect.stringMatching(/^truncated: the checkpoint of event \d+ was written, and is gone/),
    ]);
    expect(JSON.parse((await verified(cwd, ["--json"])).out)).toMatchObject({ isWhole: false, missingCheckpoint: 30 });
    // A copy from elsewhere may be older.
    writeFileSync(path.join(cwd, "copy.txt"), all.slice(0, 1).join(""));
    expect(await verified(cwd, ["--checkpoints", "copy.txt", "--key", "audit.key"])).toMatchObject({ code: 0 });
    // The next one stands for those before it.
    await live(cwd, 1);
    expect(await verified(cwd)).toMatchObject({ code: 0 });
  });
});
