// Guards the command line itself: help, version, slips with what was meant, exit codes, no stacks, colours only on a terminal.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { allCommands, VERBS } from "../../src/cli/main.ts";
import { folderWith } from "../configuration/folder.ts";
import { run } from "./running.ts";

const ROOT = path.join(import.meta.dirname, "../..");
const ESCAPE = "\u001B[";

describe("help", () => {
  it("lists every command; without a command it is an error", async () => {
    const asked = await run(["--help"]);
    const commands = await allCommands();
    const width = Math.max(...commands.map(({ name }) => name.length));
    for (const { name, summary } of commands) expect(asked.out).toContain(`  ${name.padEnd(width)}  ${summary}`);
    expect(asked).toMatchObject({ code: 0, err: "" });
    expect(await run([])).toMatchObject({ code: 2, out: "", err: asked.out });
  });

  it.each(Object.keys(VERBS))("of %s lists its options", async (name) => {
    const command = await VERBS[name]?.();
    expect(command?.name).toBe(name);
    const { code, out } = await run([name, "--help"]);
    expect(code).toBe(0);
    expect(out).toContain(`portcullis ${name}`);
    for (const option of Object.keys(command?.options ?? {})) expect(out).toContain(`  --${option}`);
    expect((await run(["help", name])).out).toBe(out);
    expect((await run([name, "-h"])).out).toBe(out);
  });
});

describe("version", () => {
  it("is that of the package", async () => {
    const { version } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")) as { version: string };
    const shown = { code: 0, out: `${version}\n`, err: "" };
    for (const word of ["--version", "-v", "version"]) expect(await run([word])).toEqual(shown);
  });
});

describe("a slip", () => {
  it.each([
    [["frobnicate"], `error  there is no command "frobnicate"\n       Known here: ${Object.keys(VERBS).join(", ")}.\n`],
    [
      ["keys", "revoke"],
      "error  keys revoke needs the id of a key, and nothing else\n       portcullis keys list shows the ids.\n",
    ],
    [["tokens"], "error  tokens needs one of deny, list\n       Example: portcullis tokens deny leaked.jwt\n"],
    [
      ["identity", "client", "lst"],
      'error  identity needs one of: client list, client show, client add, client change, client remove, client secret add, client secret remove, client secret\n       Did you mean "client list"?\n',
    ],
    [["audit", "verify", "nofile"], "error  nofile cannot be read to its end: there is no such file\n"],
    [["strat"], 'error  there is no command "strat"\n       Did you mean "start"?\n'],
    [
      ["--observe"],
      "error  there is no option --observe here\n       Options follow a command. See portcullis --help.\n",
    ],
    [["check", "--fromat", "json"], "error  portcullis check has no option --fromat\n       Did you mean --format?\n"],
    [["check", "--zzzzzz"], "error  portcullis check has no option --zzzzzz\n       See portcullis check --help.\n"],
    [["check", "-x"], "error  portcullis check has no option -x\n       See portcullis check --help.\n"],
    [["check", "--format"], "error  --format needs a value: text|json|sarif\n"],
    [["check", "--format", "--strict"], "error  --format needs a value: text|json|sarif\n"],
    [["check", "--format", "xml"], "error  --format xml is none of text, json, sarif\n"],
    [["check", "--strict=1"], "error  --strict takes no value\n"],
    [["check", "--config", "a", "--config", "b"], "error  --config was given twice\n       Keep one of the two.\n"],
    [
      ["check", "file.yaml"],
      'error  portcullis check does not take "file.yaml"\n       Usage: portcullis check [options]\n',
    ],
    [
      ["explain", "get", "orders"],
      "error  the target must begin with a slash\n       Write: portcullis explain GET /…\n",
    ],
    [["explain"], "error  explain needs a method and a target\n       Example: portcullis explain GET /orders/7\n"],
  ])("%j says what was meant", async (args, err) => {
    expect(await run(args)).toEqual({ code: 2, out: "", err });
  });

  it("of having no configuration says both ways to one", async () => {
    const { code, err } = await run(["check"], { cwd: folderWith({}) });
    expect(code).toBe(2);
    expect(err).toContain("there is no portcullis.yaml here, and no --openapi");
    expect(err).toContain("portcullis init");
  });
});

describe("an error that nobody foresaw", () => {
  it("shows no stack unless it is asked for", async () => {
    const broken = { cwd: 5 as unknown as string };
    const { code, err } = await run(["check"], broken);
    expect(code).toBe(2);
    expect(err).toMatch(/^error {2}unexpected: .*\n {7}PORTCULLIS_DEBUG=1 shows where it comes from\.\n$/);
    expect((await run(["check"], { ...broken, env: { PORTCULLIS_DEBUG: "1" } })).err).toMatch(/\n {4}at /);
  });
});

describe("colours", () => {
  it("are for terminals that want them", async () => {
    const shown = async (more: object) => (await run(["strat"], more)).err.includes(ESCAPE);
    expect(await shown({ terminal: true })).toBe(true);
    expect(await shown({})).toBe(false);
    expect(await shown({ terminal: true, env: { NO_COLOR: "1" } })).toBe(false);
    expect(await shown({ terminal: true, env: { TERM: "dumb" } })).toBe(false);
  });
});

describe("the installed command", () => {
  it("runs, and its exit code is that of main", async () => {
    const cwd = folderWith({ "portcullis.yaml": "openapi: a.yaml\nupstrem: x\n" });
    const command = path.join(ROOT, "bin/portcullis.js");
    const failure = await promisify(execFile)(process.execPath, [command, "check"], { cwd }).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code: 1, stderr: "" });
    expect((failure as { stdout: string }).stdout).toContain('portcullis.yaml:2:1: unknown key "upstrem" at the top');
  });

  it.skipIf(!existsSync("/dev/full")).each(["check --format sarif", "--help", "start --help"])(
    "whose output nobody can keep is no success: %s",
    async (line) => {
      const cwd = folderWith({ "portcullis.yaml": "upstrem: x\n" });
      const full = openSync("/dev/full", "w");
      onTestFinished(() => closeSync(full));
      const command = spawn(process.execPath, [path.join(ROOT, "bin/portcullis.js"), ...line.split(" ")], {
        cwd,
        stdio: ["ignore", full, "pipe"],
      });
      let said = "";
      command.stderr?.on("data", (bytes: Buffer) => (said += bytes.toString()));
      const [code] = (await once(command, "close")) as [number];
      expect({ code, said }).toEqual({ code: 2, said: "error  standard output cannot be written: the disk is full\n" });
    },
  );
});
