// Guards the start on a machine whose Node is too old: moved to the pinned one, or told what to do.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = path.join(import.meta.dirname, "..", "..");

let folder: string;
let preload: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "portcullis-preflight-"));
  preload = path.join(folder, "old.cjs");
  writeFileSync(
    preload,
    `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "18.20.0" } });
     Object.defineProperty(process, "version", { value: "v18.20.0" });`,
  );
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A folder with the command and what else it may find there. */
function place(name: string, parts: { clone: boolean; modules?: boolean; pinned?: boolean }): string {
  const at = path.join(folder, name);
  cpSync(path.join(ROOT, "bin"), path.join(at, "bin"), { recursive: true });
  if (parts.clone) {
    mkdirSync(path.join(at, "src", "cli"), { recursive: true });
    writeFileSync(path.join(at, "package.json"), '{ "type": "module" }');
    writeFileSync(
      path.join(at, "src", "cli", "main.ts"),
      `export async function main(argv: string[]): Promise<number> {
         process.stdout.write(process.version + " " + argv.join(" "));
         if (argv[0] === "die") process.kill(process.pid, "SIGTERM");
         await new Promise((resolve) => setTimeout(resolve, argv[0] === "die" ? 10_000 : 0));
         return 7;
       }`,
    );
  }
  if (parts.modules) mkdirSync(path.join(at, "node_modules"));
  if (parts.pinned) {
    mkdirSync(path.join(at, "node_modules", "node", "bin"), { recursive: true });
    symlinkSync(process.execPath, path.join(at, "node_modules", "node", "bin", "node"));
  }
  return at;
}

function start(at: string, script: string, argv: readonly string[], old: boolean) {
  const flags = old ? ["--require", preload] : [];
  return spawnSync(process.execPath, [...flags, path.join(at, "bin", script), ...argv], {
    encoding: "utf8",
    timeout: 20_000,
  });
}

describe("the command", () => {
  it("hands its arguments over and ends with the answer, on a Node that is new enough", () => {
    const ended = start(place("new", { clone: true }), "portcullis.js", ["check", "--x"], false);
    expect(ended).toMatchObject({ status: 7, stdout: `${process.version} check --x` });
  });

  it("moves to the pinned Node when its own is too old", () => {
    const at = place("moved", { clone: true, modules: true, pinned: true });
    expect(start(at, "portcullis.js", ["check", "--x"], true)).toMatchObject({
      status: 7,
      stdout: `${process.version} check --x`,
    });
  });

  it("ends by the same signal as the pinned Node that it moved to", () => {
    const at = place("signal", { clone: true, modules: true, pinned: true });
    expect(start(at, "portcullis.js", ["die"], true)).toMatchObject({ status: null, signal: "SIGTERM" });
  });

  it("says that install scripts did not run when the pinned Node is absent", () => {
    const ended = start(place("ignored", { clone: true, modules: true }), "portcullis.js", ["check"], true);
    expect(ended.status).toBe(2);
    expect(ended.stderr).toContain("this is v18.20.0");
    expect(ended.stderr).toContain("npm ci --ignore-scripts=false");
  });

  it("says that nothing is installed yet", () => {
    const ended = start(place("fresh", { clone: true }), "portcullis.js", ["check"], true);
    expect(ended.status).toBe(2);
    expect(ended.stderr).toContain("run `npm ci` here");
  });

  it("asks for a newer Node where it is installed as a package", () => {
    const ended = start(place("package", { clone: false }), "portcullis.js", ["check"], true);
    expect(ended.status).toBe(2);
    expect(ended.stderr).toContain("Install Node.js 24");
  });
});

describe("the preflight of the npm scripts", () => {
  it("is silent on a Node that is new enough", () => {
    expect(start(ROOT, "preflight.js", [], false)).toMatchObject({ status: 0, stdout: "", stderr: "" });
  });

  it("stops on one that is too old, with the remedy", () => {
    const ended = start(place("scripts", { clone: true, modules: true }), "preflight.js", [], true);
    expect(ended.status).toBe(1);
    expect(ended.stderr).toContain("npm ci --ignore-scripts=false");
  });

  it.each(["portcullis.js", "preflight.js", "runtime.js"])("and %s use no syntax that Node 12 cannot read", (name) => {
    const text = readFileSync(path.join(ROOT, "bin", name), "utf8");
    expect(text).not.toMatch(/\?\.[^\d]|\?\?|\|\|=|&&=|^import |^export |^\s*static \{|#[a-z]+\b(?!\/)|\d_\d/m);
  });
});
