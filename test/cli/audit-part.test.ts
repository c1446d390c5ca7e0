// Guards `audit verify` of a part: from a time, or of what others rotated and removed.
import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { keyed, live } from "./recorded.ts";
import { run } from "./running.ts";

const verified = async (cwd: string, ...words: readonly string[]) => {
  const { code, out } = await run(["audit", "verify", ...words], { cwd });
  return [code, out];
};

describe("a part of the record", () => {
  it("takes no forged event that stands where nobody asks for the beginning", async () => {
    const { cwd } = await keyed();
    await live(cwd, 40);
    const rotated = readdirSync(cwd).filter((name) => /^audit\.ndjson\.\d/.test(name));
    rmSync(path.join(cwd, rotated.sort()[0] as string));
    const file = path.join(cwd, "portcullis.yaml");
    const text = readFileSync(file, "utf8");
    for (const words of [["--from", "2000-01-01"], []]) {
      if (words.length === 0) {
        const others = text.replace(
          /\{ file: audit[^}]*\}/,
          "{ file: audit.ndjson, rotatedBy: others, flushAfter: 1ms }",
        );
        writeFileSync(file, others);
      }
      expect((await verified(cwd, ...words))[0]).toBe(0);
    }
    const audit = path.join(cwd, "audit.ndjson");
    const last = readFileSync(audit, "utf8").trimEnd().split("\n").at(-1) as string;
    appendFileSync(audit, `${last.replace(/"position":\d+/, '"position":2')}\n`);
    for (const words of [["--from", "2000-01-01"], []]) {
      const [code, out] = await verified(cwd, ...words);
      expect([code, out]).toEqual([1, expect.stringMatching(/^reordered: event 2 should stand before/)]);
    }
  });

  it("that holds nothing is said to", async () => {
    const { cwd } = await keyed();
    await live(cwd, 12);
    expect(await verified(cwd, "--from", "2098-01-01")).toEqual([
      0,
      expect.stringMatching(
        /^no event since 2098-01-01T00:00:00\.000Z: the record has events 1 to 12\n2 checkpoints agree/,
      ),
    ]);
    expect(await verified(cwd, "--from", "2019-01-01", "--to", "2020-01-01")).toEqual([
      0,
      expect.stringMatching(/^no event from 2019-01-01T00:00:00\.000Z to 2020-01-01T00:00:00\.000Z: /),
    ]);
  });

  it("is asked for by the flag that is named where it is wrong", async () => {
    const { cwd } = await keyed();
    await live(cwd, 1);
    const wrong = async (...words: readonly string[]) => (await run(["audit", ...words, "yesterday"], { cwd })).err;
    expect(await wrong("verify", "--from")).toContain("--from yesterday is no time");
    expect(await wrong("verify", "--to")).toContain("--to yesterday is no time");
    expect(await wrong("search", "--until")).toContain("--until yesterday is no time");
    expect(await wrong("search", "--since")).toContain("--since yesterday is no time");
  });
});
