// Guards `audit verify` against notes that its key did not sign: those of another key or torn ones are told, forged ones fail.
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { folderWith } from "../configuration/folder.ts";
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

  it.each([
    ["removed", (file: string) => rmSync(file)],
    ["emptied", (file: string) => writeFileSync(file, "\n")],
  ])(
    "that are asked for and were %s with a copied folder are no proof, nor is what its spool remembers",
    async (_how, change) => {
      const { cwd: original } = await keyed();
      await live(original, 25);
      expect((await verified(original))[1]).toMatch(
        /^whole: events 1 to 25\n\d checkpoints agree, the last of them at event 25\n$/,
      );
      const cwd = folderWith({});
      cpSync(original, cwd, { recursive: true });
      expect((await verified(cwd))[0]).toBe(0);
      change(path.join(cwd, "checkpoints.txt"));
      expect(await verified(cwd)).toEqual([
        2,
        expect.stringMatching(
          new RegExp(
            "^unproven: events 1 to 25\ncheckpoints\\.txt has no checkpoint, which the configuration asks for: whoever can write these files could .*\n" +
              "the spool's own memory agrees at \\d events, the last of them 25: nobody signed that\n$",
          ),
        ),
      ]);
      const json = JSON.parse((await run(["audit", "verify", "--json"], { cwd })).out) as object;
      expect(json).toMatchObject({
        isWhole: false,
        isUnproven: true,
        checkpoints: 0,
        vouched: 0,
        remembered: { last: 25 },
      });
      // In its place, it is known which one is gone.
      change(path.join(original, "checkpoints.txt"));
      expect(await verified(original)).toEqual([
        1,
        expect.stringMatching(
          /^truncated: the checkpoint of event 25 .* gone\nthe spool's own memory agrees at \d events/,
        ),
      ]);
    },
  );
});
