// The README of the old API, command by command: each prints what the page shows, from observing to enforcing.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../servers/free-port.ts";

const ROOT = path.join(import.meta.dirname, "..", "..");
const README = readFileSync(path.join(ROOT, "examples", "legacy", "README.md"), "utf8");
const WHERE = "/tmp/library";
/** Stands in the output before what the next command prints. */
const MARK = "--- next command";

interface Step {
  readonly command: string;
  readonly prints: string;
}

/** Lines of `console` blocks: `$ command`, and below it what it prints. */
function stepsOf(text: string): Step[] {
  const blocks = Array.from(text.matchAll(/^```console\n([^]*?)^```$/gm), (match) => match[1] as string);
  const parts = blocks.flatMap((block) => block.split(/^\$ /m).slice(1));
  return parts.map((part) => {
    const [command = "", ...lines] = part.split("\n");
    return { command, prints: lines.join("\n") };
  });
}

/** What is another in each run: ids, times, and the version of a policy. */
function evened(text: string): string {
  return text
    .replaceAll(/policy [0-9a-f]{12}/g, "policy <version>")
    .replaceAll(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g, "<id>")
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d(?: to \d{4}-\d\d-\d\d \d\d:\d\d)?/g, "<time>")
    .trimEnd();
}

const folder = mkdtempSync(path.join(tmpdir(), "portcullis-legacy-"));
const isWithoutPatch = spawnSync("patch", ["--version"]).error !== undefined;
let shell: ChildProcess | undefined;

afterAll(() => {
  try {
    process.kill(-(shell?.pid ?? Number.NaN), "SIGKILL");
  } catch {
    // It has ended, and all that it started.
  }
  rmSync(folder, { recursive: true });
});

describe.skipIf(isWithoutPatch)(
  `examples/legacy${isWithoutPatch ? " (skipped because patch is not installed)" : ""}`,
  () => {
    const steps = stepsOf(README);
    let printed: string[] = [];

    beforeAll(async () => {
      const [api, gateway] = [String(await freePort()), String(await freePort())];
      const elsewhere = (text: string) =>
        text.replaceAll(WHERE, `${folder}/library`).replaceAll("4310", api).replaceAll("4311", gateway);
      const lines = steps.flatMap(({ command }) => [`echo '${MARK}'`, elsewhere(command)]);
      // The copy gets ports of its own, so that the test can run beside another.
      const copied = lines.findIndex((line) => line.startsWith("cp "));
      lines.splice(
        copied + 1,
        0,
        `sed -i 's/4310/${api}/; s/4311/${gateway}/' ${folder}/library/*.yaml ${folder}/library/*.mjs`,
      );
      // Where there is no copy, what follows would write into this clone, and remove files from it.
      const entered = lines.findIndex((line) => line.startsWith("cd "));
      lines.splice(entered + 1, 0, `[ -f api.mjs ] || exit 1`);
      const env = { ...process.env, PATH: `${path.dirname(process.execPath)}:${process.env["PATH"]}` };
      shell = spawn("sh", ["-c", lines.join("\n")], {
        cwd: ROOT,
        env,
        detached: true,
        stdio: ["ignore", "pipe", "inherit"],
      });
      let text = "";
      for await (const part of (shell.stdout as NonNullable<typeof shell.stdout>).setEncoding("utf8")) text += part;
      printed = text.split(`${MARK}\n`).slice(1);
    });

    it("runs to its end", () => {
      expect(steps.length).toBeGreaterThan(20);
      expect(printed).toHaveLength(steps.length);
    });

    it.each(steps.map((step, index) => ({ ...step, index })))("$index: $command", ({ prints, index }) => {
      expect(evened(printed[index] ?? "")).toBe(evened(prints));
    });
  },
);
