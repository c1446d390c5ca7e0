// Guards that a record is looked at whatever is wrong in the configuration, as long as what it says of monitoring is sound.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { keyed, live } from "./recorded.ts";
import { run } from "./running.ts";

async function configured() {
  const { cwd } = await keyed();
  await live(cwd, 3);
  const file = path.join(cwd, "portcullis.yaml");
  const text = readFileSync(file, "utf8");
  return { cwd, text, write: (changed: string) => writeFileSync(file, changed) };
}

describe("a configuration with which nothing starts", () => {
  it("has its record counted, verified and searched where `monitoring` is sound, and what is wrong is a warning", async () => {
    const { cwd, text, write } = await configured();
    const wrong: readonly (readonly [string, string])[] = [
      [`${text}rateLimiting: [{ nam: all, limit: 3, window: 1m }]\n`, 'unknown key "nam"'],
      [
        text.replace("upstream: http://127.0.0.1:9\n", "upstream: ${NOT_SET}\n"),
        "the environment variable NOT_SET is not set",
      ],
      [`${text}monitorings: {}\n`, 'unknown key "monitorings" at the top'],
      [text.replace("listen: 0", "listen: 70000"), "transport.listen"],
    ];
    const others = [["verify"], ["search", "--text", "event 2"], ["dead", "list"]];
    for (const [i, [changed, told]] of wrong.entries()) {
      write(changed);
      for (const words of [["stats"], ...(i === 0 ? others : [])]) {
        // oxlint-disable-next-line no-await-in-loop -- each with its own file
        const { code, out, err } = await run(["audit", ...words], { cwd });
        expect([words, code, out === ""]).toEqual([words, 0, false]);
        expect(err).toMatch(/^warning {2}portcullis\.yaml:\d+:\d+: /);
        expect(err).toContain(told);
        expect(err).toMatch(/\nnothing starts with this configuration; its `monitoring` is sound, and used here\n$/);
      }
    }
  });

  it("is refused as ever where `monitoring` is wrong or not there, or depends on what is not set", async () => {
    const { cwd, text, write } = await configured();
    for (const changed of [
      text.replace("records: 10", "recrods: 10"),
      text.replace("folder: spool", "folder: '${NOT_SET}spool'"),
      text.replace("folder: spool", "folder: '${NOT SET}spool'"),
      // Said elsewhere, and meant here.
      `x-folder: &folder \${NOT_SET}spool\n${text.replace("folder: spool", "folder: *folder")}`,
      text.replace("monitoring:", "monitorings:"),
      text.replace("monitoring: {", "monitoring: {{"),
    ]) {
      write(changed);
      // oxlint-disable-next-line no-await-in-loop -- each with its own file
      const { code, out, err } = await run(["audit", "verify"], { cwd });
      expect([changed, code, out]).toEqual([changed, 1, ""]);
      expect(err).toMatch(/^error {2}portcullis\.yaml:/);
    }
  });
});
