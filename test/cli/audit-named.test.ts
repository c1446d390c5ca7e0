// Guards in which order `portcullis audit verify` reads the files that are named: a shell names the newest first.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { ageByName } from "../../src/monitoring/index.ts";
import { recorded } from "./recorded.ts";
import { run } from "./running.ts";

/** As a shell has them for `audit.ndjson*`. */
const glob = (cwd: string) =>
  readdirSync(cwd)
    .filter((name) => name.startsWith("audit.ndjson"))
    .sort();

async function made() {
  const { cwd, publicKey } = await recorded();
  const given = ["--checkpoints", "checkpoints.txt", "--key", publicKey];
  return { cwd, verify: (...files: string[]) => run(["audit", "verify", ...files, ...given], { cwd }) };
}

describe("files that are named as a shell does", () => {
  it("are read in the order of the chain", async () => {
    const { cwd, verify } = await made();
    const [current, first, ...others] = glob(cwd) as [string, string, ...string[]];
    expect([current, others.length > 0]).toEqual(["audit.ndjson", true]);
    expect(await verify(current, first, ...others)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^whole: events 1 to 30\n/) as string,
    });
    // By what is in them, whatever they are named.
    copyFileSync(path.join(cwd, first), path.join(cwd, "zzz.gz"));
    expect((await verify(...others, "zzz.gz", current)).out).toMatch(/^whole: events 1 to 30\n/);
    const shown = await run(["audit", "search", "--text", '"event ', ...glob(cwd)], { cwd });
    expect(shown.out.match(/(?<=event )\d+/g)).toEqual(Array.from({ length: 30 }, (_, i) => String((i % 15) + 1)));
  });

  it("hide nothing that was taken out, stands twice, or was made up", async () => {
    const { cwd, verify } = await made();
    const [current, first, second, ...others] = glob(cwd) as [string, string, string, ...string[]];
    const found = async (...files: string[]) => {
      const { code, out } = await verify(...files);
      return [code, out.slice(0, out.indexOf(":"))];
    };
    expect(await found(current, first, ...others)).toEqual([1, "missing"]);
    expect(await found(current, first, first, second, ...others)).toEqual([1, "repeated"]);
    const lines = gunzipSync(readFileSync(path.join(cwd, second)))
      .toString("utf8")
      .trimEnd()
      .split("\n");
    const written = (name: string, text: readonly string[]) => {
      writeFileSync(path.join(cwd, name), `${text.join("\n")}\n`);
      return name;
    };
    // A part of one again; one that says of itself that it stands elsewhere; events in another order.
    expect(await found(current, first, second, written("part", lines.slice(1)), ...others)).toEqual([1, "repeated"]);
    const forged = (lines[0] as string).replace(/"position":\d+/, '"position":3');
    expect(await found(current, first, second, written("forged", [forged]), ...others)).toEqual([1, "repeated"]);
    const [a, b, ...more] = lines as [string, string, ...string[]];
    expect(await found(current, first, written("moved", [b, a, ...more]), ...others)).toEqual([1, "reordered"]);
    // What is no event of the chain stays where its name has it.
    const between = written(`${second.replace(/-\d+\.gz$/, "")}-999999`, ['{"made":"up"}']);
    expect(await found(current, first, second, between, ...others)).toEqual([1, "foreign"]);
    rmSync(path.join(cwd, between));
  });

  it("may have none of the chain: one from before it stays before it, the empty one behind it", async () => {
    const { cwd, verify } = await made();
    const [current, ...others] = glob(cwd) as [string, ...string[]];
    writeFileSync(path.join(cwd, "old.ndjson"), '{"@timestamp":"2026-01-01T00:00:00.000Z"}\n');
    expect((await verify("old.ndjson", current, ...others)).out).toContain("1 line before them is from a time");
    renameSync(path.join(cwd, current), path.join(cwd, "audit.ndjson.20990101T000000000Z-000000"));
    writeFileSync(path.join(cwd, current), "");
    const tail = await run(["audit", "tail", "-n", "1", ...glob(cwd)], { cwd });
    expect(tail.out).toContain("event 15");
    expect((await verify(...glob(cwd))).out).toMatch(/^whole: events 1 to 30\n/);
  });

  it("are read once where they are pipes, in the order in which they are named", async () => {
    const { cwd, verify } = await made();
    const [current, ...others] = glob(cwd) as [string, ...string[]];
    const pipes = [...others, current].map((name) => ({ pipe: `${name}.pipe`, name }));
    execFileSync(
      "mkfifo",
      pipes.map(({ pipe }) => pipe),
      { cwd },
    );
    const fed = pipes.map(({ pipe, name }) => spawn("sh", ["-c", `cat ${name} > ${pipe}`], { cwd, stdio: "ignore" }));
    const ended = Promise.all(fed.map((one) => once(one, "exit")));
    expect((await verify(...pipes.map(({ pipe }) => pipe))).out).toMatch(/^whole: events 1 to 30\n/);
    await ended;
  });
});

it("the names of a record say which is older", () => {
  const names = [
    "a-20261126.gz",
    "a.2.gz",
    "a.10",
    "a",
    "a.20261126T040506789Z-000001",
    "a.20261126T040506789Z-000000.gz",
  ];
  const aged = names.map((name) => ({ name, ...ageByName(`/log/${name}`) }));
  expect(new Set(aged.map(({ record }) => record))).toEqual(new Set(["/log/a"]));
  expect(aged.sort((one, other) => (one.age < other.age ? -1 : 1)).map(({ name }) => name)).toEqual([
    "a.10",
    "a.2.gz",
    "a-20261126.gz",
    "a.20261126T040506789Z-000000.gz",
    "a.20261126T040506789Z-000001",
    "a",
  ]);
});
