// Guards `audit verify` against notes that its key did not sign: those of another key or torn ones are told, forged ones fail.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { keyed, live } from "./recorded.ts";
import { run } from "./running.ts";

const verified = async (cwd: string) => {
  const { code, out } = await run(["audit", "verify"], { cwd });
  return [code, out];
};

describe("checkpoints", () => {
  it("may be of an earlier key, or torn: that is told, and the exit code is that of the record", async () => {
    const { cwd } = await keyed();
    await live(cwd, 25);
    const notes = path.join(cwd, "checkpoints.txt");
    await run(["audit", "key", "new.key", "--name", "shop/audit"], { cwd });
    const file = path.join(cwd, "portcullis.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replace("{ file: audit.key }", "{ file: new.key }"));
    // Until the gateway was started with it, no note is of that key.
    expect(await verified(cwd)).toEqual([
      1,
      expect.stringMatching(/^unsigned: 3 checkpoints are not signed by that key/),
    ]);
    await live(cwd, 5);
    const whole = expect.stringMatching(/^whole: events 1 to 30\n3 notes are of another key, or torn: /) as string;
    expect(await verified(cwd)).toEqual([0, whole]);
    const old = await run(["audit", "verify", "--key", "audit.key"], { cwd });
    expect([old.code, old.out]).toEqual([0, expect.stringMatching(/^whole: events 1 to 30\n1 note is of another key/)]);
    writeFileSync(notes, `${readFileSync(notes, "utf8")}shop/audit\n3`);
    expect((await verified(cwd))[0]).toBe(0);
    await live(cwd, 5);
    expect(await verified(cwd)).toEqual([
      0,
      expect.stringMatching(/^whole: events 1 to 35\n4 notes are of another key/),
    ]);
    writeFileSync(notes, readFileSync(notes, "utf8").replace("\n35\n", "\n34\n"));
    const [code, out] = await verified(cwd);
    expect([code, out]).toEqual([1, expect.stringMatching(/^unsigned: 1 checkpoint is not signed by that key/)]);
  });
});
