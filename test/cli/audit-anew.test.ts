// Guards a record that somebody makes anew, and its checkpoints with it: the spool's folder remembers what was signed last.
import { readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { chainText, eventHash, NO_PREVIOUS } from "../../src/monitoring/spool/chain.ts";
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
    expect((await run(["audit", "verify"], { cwd })).code).toBe(0);
    makeAnew(path.join(cwd, "audit.ndjson"));
    const file = path.join(cwd, "checkpoints.txt");
    if (content === null) rmSync(file);
    else if (content !== undefined) writeFileSync(file, content);
    const { code, out } = await run(["audit", "verify"], { cwd });
    expect([code, out]).toEqual([1, expect.stringMatching(/^rewritten: event 8 at audit\.ndjson:8, or one before/)]);
    const isSame = spelled !== "file: others.txt" && content !== undefined;
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
