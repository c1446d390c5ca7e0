// Guards `audit verify` where there are several files: which is looked at, and which is not.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { keyed, live } from "./recorded.ts";
import { run } from "./running.ts";

const verified = (cwd: string, ...words: readonly string[]) => run(["audit", "verify", ...words], { cwd });

async function withSinks(sinks: string): Promise<string> {
  const { cwd } = await keyed();
  const file = path.join(cwd, "portcullis.yaml");
  writeFileSync(file, readFileSync(file, "utf8").replace("sinks: [", `sinks: [${sinks}, `));
  await live(cwd, 12);
  return cwd;
}

const WARN = "{ file: warn.ndjson, name: warnings, level: warn }";

describe("several files", () => {
  it("are verified one by one: the one that is not looked at is named", async () => {
    const cwd = await withSinks(`{ file: other.ndjson, name: other, flushAfter: 1ms }, ${WARN}`);
    const file = path.join(cwd, "audit.ndjson");
    expect((await verified(cwd)).out).toMatch(
      /^whole: events 1 to 12\n(.*\n)*not looked at: audit\.ndjson \(--sink file\)\n$/,
    );
    const other = await verified(cwd, "--sink", "file");
    expect([other.code, other.out]).toEqual([
      0,
      expect.stringMatching(/^whole: (.*\n)*not looked at: other\.ndjson \(--sink other\)\n$/),
    ]);
    writeFileSync(file, readFileSync(file, "utf8").replace("event 3", "event x"));
    expect((await verified(cwd)).code).toBe(0);
    expect((await verified(cwd, "--sink", "file")).out).toMatch(/^altered: event 3 at audit\.ndjson:3/);
    expect((await run(["audit", "search", "--text", "event x", "--sink", "file"], { cwd })).code).toBe(0);
    expect((await run(["audit", "search", "--text", "event x"], { cwd })).code).toBe(1);
  });

  it("are told where the sink is none of them, or takes only part", async () => {
    const cwd = await withSinks(WARN);
    expect(await verified(cwd, "--sink", "nobody")).toMatchObject({
      code: 2,
      err: expect.stringMatching(/--sink nobody is no file sink\n.*: warnings, file\./) as string,
    });
    expect(await verified(cwd, "--sink", "warnings")).toMatchObject({
      code: 2,
      err: expect.stringContaining("warnings takes only warn and above: it has gaps by design") as string,
    });
    const whole = await verified(cwd);
    expect([whole.code, whole.out]).toEqual([0, expect.not.stringContaining("not looked at")]);
  });
});
