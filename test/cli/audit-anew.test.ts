// Guards a record that somebody makes anew, and its checkpoints with it: the spool's folder remembers what was signed last.
import { readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { chainText, eventHash, linkOf, NO_PREVIOUS } from "../../src/monitoring/spool/chain.ts";
import { keyed, live } from "./recorded.ts";
import { run } from "./running.ts";

/** Somebody who has no key writes the whole record anew, so that the chain fits. */
function makeAnew(file: string): void {
  let previous = NO_PREVIOUS;
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  const anew = lines.map((line, i) => {
    const text =
      line.slice(0, line.lastIndexOf(',"chain":')).replace("event 3", "event x") + chainText(i + 1, previous, true);
    previous = eventHash(Buffer.from(text));
    return text;
  });
  writeFileSync(file, `${anew.join("\n")}\n`);
}

const SPELLED = "file: checkpoints.txt";

describe("a record made anew", () => {
  it.each([
    ["kept", SPELLED, undefined],
    ["emptied", SPELLED, ""],
    ["removed", SPELLED, null],
    ["spelled otherwise, and emptied", "file: link/checkpoints.txt", ""],
    ["another file", "file: others.txt", ""],
  ])("is rewritten, with checkpoints that are %s", async (_what, spelled, content) => {
    const { cwd } = await keyed();
    symlinkSync(cwd, path.join(cwd, "link"));
    await live(cwd, 8);
    const configuration = path.join(cwd, "portcullis.yaml");
    writeFileSync(configuration, readFileSync(configuration, "utf8").replace(SPELLED, spelled));
    const isAnother = spelled === "file: others.txt";
    expect((await run(["audit", "verify"], { cwd })).code).toBe(isAnother ? 2 : 0);
    makeAnew(path.join(cwd, "audit.ndjson"));
    const file = path.join(cwd, "checkpoints.txt");
    if (content === null) rmSync(file);
    else if (content !== undefined) writeFileSync(file, content);
    const { code, out } = await run(["audit", "verify"], { cwd });
    expect([code, out]).toEqual([1, expect.stringMatching(/^rewritten: event 8 at audit\.ndjson:8, or one before/)]);
    const isSame = !isAnother && content !== undefined;
    expect(out.includes("the checkpoint of event 8 was written, and is gone")).toBe(isSame);
    // An older copy that was named says nothing of what came then.
    writeFileSync(path.join(cwd, "copy.txt"), "");
    const named = await run(["audit", "verify", "--checkpoints", "copy.txt", "--key", "audit.key"], { cwd });
    expect(named).toMatchObject({ code: 1, out: expect.stringMatching(/^rewritten: event 8/) as string });
  });

  it("is known too where no checkpoints are made any more, and words need none then", async () => {
    const { cwd } = await keyed("filesMax: 2");
    await live(cwd, 8);
    const configuration = path.join(cwd, "portcullis.yaml");
    const text = readFileSync(configuration, "utf8");
    writeFileSync(configuration, text.replace(/, checkpoints: .*records: 10 \}/, ""));
    await live(cwd, 60);
    const { code, out } = await run(["audit", "verify"], { cwd });
    expect([code, out]).toEqual([0, expect.stringContaining("retention removed")]);
  });
});

describe("an event that somebody puts behind the last one", () => {
  const forged = (file: string, ahead: number) => {
    const last = readFileSync(file, "utf8").trimEnd().split("\n").at(-1) as string;
    const { position } = linkOf(last) as { position: number };
    const text = last.slice(0, last.lastIndexOf(',"chain":')).replace(/event \d+/, "event x");
    return text + chainText(position + ahead, eventHash(Buffer.from(last)), true);
  };

  it.each(["behind a clean stop", "with events in the spool", "with a time of its own"])(
    "is foreign, %s",
    async (how) => {
      const { cwd } = await keyed();
      await live(cwd, 8);
      const file = path.join(cwd, "audit.ndjson");
      const cursor = path.join(cwd, "spool", "cursor-file.json");
      const before = [readFileSync(file), readFileSync(cursor)] as const;
      if (how === "with events in the spool") {
        await live(cwd, 3);
        for (const [i, name] of [file, cursor].entries()) writeFileSync(name, before[i] as Buffer);
      }
      expect((await run(["audit", "verify"], { cwd })).code).toBe(0);
      const last = readFileSync(file, "utf8").trimEnd();
      const { position } = linkOf(last) as { position: number };
      expect(position).toBe(8);
      let text = forged(file, 1);
      if (how === "with a time of its own") text = text.replace(/^.{40}/, '{"@timestamp":"2031-01-01T00:00:00.000Z"');
      writeFileSync(file, `${last}\n${text}\n`);
      const { code, out } = await run(["audit", "verify"], { cwd });
      // Where the spool has another one of that position, the chain goes on from that.
      const wanted =
        how === "with events in the spool" ? /^altered: event 9 / : /^foreign: event 9 at the end, up to audit/;
      expect([code, out]).toEqual([1, expect.stringMatching(wanted)]);
    },
  );
});

describe("a line that is longer than any event", () => {
  it.each([0, 4, 7, 8])("is foreign, in its place behind line %i", async (behind) => {
    const { cwd } = await keyed();
    await live(cwd, 8);
    const file = path.join(cwd, "audit.ndjson");
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    const long = `{"message":"${"x".repeat(1_500_000)}"}`;
    for (const end of ["\n", ""]) {
      writeFileSync(file, `${lines.toSpliced(behind, 0, long).join("\n")}${behind === 8 ? end : "\n"}`);
      const { code, out } = await run(["audit", "verify"], { cwd });
      const wanted =
        behind === 0
          ? /^1 line before them is from a time without a chain/m
          : new RegExp(`^foreign: audit\\.ndjson:${behind + 1} is longer than any event`);
      expect([code, out]).toEqual([behind === 0 ? 0 : 1, expect.stringMatching(wanted)]);
    }
  });
});

it.each([0, 4, 7, 8])("an empty line is foreign as any other, in its place behind line %i", async (behind) => {
  const { cwd } = await keyed();
  await live(cwd, 8);
  const file = path.join(cwd, "audit.ndjson");
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  writeFileSync(file, `${lines.toSpliced(behind, 0, "").join("\n")}\n`);
  const { code, out } = await run(["audit", "verify"], { cwd });
  const wanted =
    behind === 0
      ? /^1 line before them is from a time without a chain/m
      : new RegExp(`^foreign: audit\\.ndjson:${behind + 1} is no event of the chain`);
  expect([code, out]).toEqual([behind === 0 ? 0 : 1, expect.stringMatching(wanted)]);
  expect((await run(["audit", "search", "--text", '"event ', "--json"], { cwd })).out.trimEnd()).toBe(lines.join("\n"));
});
