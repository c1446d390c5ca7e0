// Guards `portcullis test dynamic` as a user runs it: it starts what it needs, shows how far it is, and goes on after an interrupt.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { API, project, stateFile } from "../security-testing/dynamic/testing.ts";
import { startProcess } from "./process.ts";
import { begin, run } from "./running.ts";

const DYNAMIC = ["test", "dynamic"];
const env = { PATH: process.env["PATH"] };

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Something was asked of the API: the file alone is there for a moment before, to see whether it can be written. */
async function isUnderWay(cwd: string): Promise<void> {
  await expect.poll(() => existsSync(stateFile(cwd)) && readFileSync(stateFile(cwd), "utf8")).toMatch(/"unit"/);
}

interface Report {
  readonly findings: readonly { readonly rule: string; readonly fingerprint: string; readonly message: string }[];
  readonly untested: readonly { readonly what: string; readonly why: string }[];
}

const reportOf = (out: string) => JSON.parse(out) as Report;
const namesOf = (out: string) => reportOf(out).findings.map(({ rule, fingerprint }) => `${rule} ${fingerprint}`);

describe("test dynamic", () => {
  it("goes on after an interrupt with the same command, and ends with the findings of a run that was left alone", async () => {
    const { cwd, port } = await project();
    const command = [...DYNAMIC, "--upstream", `http://127.0.0.1:${port}`, "--format", "json"];
    const whole = await run(command, { cwd, env });
    expect(namesOf(whole.out).length).toBeGreaterThan(3);
    expect(existsSync(stateFile(cwd))).toBe(false);
    const started = begin(command, { cwd, env, terminal: true });
    await started.errorShows(/dynamic \d+ of \d+: upstream/);
    started.stop("SIGINT");
    const { code, out } = await started.ended;
    expect(code).not.toBe(0);
    expect(reportOf(out).untested.map(({ why }) => why)).toContain("interrupted; the same command goes on from there");
    expect(existsSync(stateFile(cwd))).toBe(true);
    const resumed = await run(command, { cwd, env });
    expect(namesOf(resumed.out)).toEqual(namesOf(whole.out));
    expect(resumed.code).toBe(whole.code);
    expect(existsSync(stateFile(cwd))).toBe(false);
  });

  it.each([1, 2])("leaves no API behind where it was told %i times to end", async (times) => {
    const { cwd } = await project();
    const started = startProcess(DYNAMIC, cwd);
    await isUnderWay(cwd);
    for (let i = 0; i < times; i += 1) started.signal("SIGINT");
    expect(await started.ended).toBeGreaterThan(0);
    await expect.poll(() => isRunning(Number(readFileSync(path.join(cwd, "api.pid"), "utf8")))).toBe(false);
  });

  it.each<[string, NodeJS.Signals, string]>([
    ["killed", "SIGKILL", ""],
    ["left by its terminal", "SIGHUP", ""],
    ["killed before its API ends by itself", "SIGKILL", "process.on('SIGTERM', () => undefined);\n"],
  ])("leaves no API behind where the run was %s", async (_how, signal, more) => {
    const { cwd, port } = await project("", { "api.mjs": more + API });
    const started = startProcess(DYNAMIC, cwd);
    await isUnderWay(cwd);
    const answers = () =>
      fetch(`http://127.0.0.1:${port}/health`).then(
        () => true,
        () => false,
      );
    expect(await answers()).toBe(true);
    started.signal(signal);
    await started.ended;
    await expect.poll(answers, { timeout: 30_000 }).toBe(false);
  });

  it("says in one line what could not be tested for one reason, and that it cannot tell", async () => {
    const { cwd } = await project("", { "api.mjs": "process.exit(1)" });
    const { code, out } = await run(DYNAMIC, { cwd, env });
    expect(out).toMatch(/ {2}! dynamic tests: the API ended before it answered at http/);
    expect(code).toBe(2);
  });

  it("says at which line the test file is wrong", async () => {
    const { cwd } = await project("budgte: {}\n");
    const { code, err } = await run(DYNAMIC, { cwd, env });
    expect(err).toMatch(/portcullis-test\.yaml:5:1: the file: unknown key "budgte"\n\s+Did you mean "budget"\?/);
    expect(code).toBe(2);
  });
});
