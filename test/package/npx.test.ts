// Guards the end by whoever started it with npm: npm hands a signal to the shell in between, and the gateway must not stay behind.
import { spawn, spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";

const ROOT = path.join(import.meta.dirname, "..", "..");
const hasNpx = process.platform === "linux" && spawnSync("npx", ["--version"]).status === 0;

/** As where it is installed: npm's link in `.bin`, and a script that runs it. */
function project(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "portcullis-npx-"));
  mkdirSync(path.join(folder, "node_modules", ".bin"), { recursive: true });
  symlinkSync(ROOT, path.join(folder, "node_modules", "portcullis"));
  symlinkSync("../portcullis/bin/portcullis.js", path.join(folder, "node_modules", ".bin", "portcullis"));
  const scripts = { gate: "portcullis start" };
  writeFileSync(path.join(folder, "package.json"), JSON.stringify({ name: "p", version: "1.0.0", scripts }));
  copyFileSync(path.join(ROOT, "examples/orders/openapi.yaml"), path.join(folder, "openapi.yaml"));
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = { ...publicKey.export({ format: "jwk" }), kid: "1", alg: "ES256", use: "sig" };
  writeFileSync(path.join(folder, "keys.json"), JSON.stringify({ keys: [key] }));
  const written = {
    openapi: "openapi.yaml",
    upstream: "http://127.0.0.1:9",
    transport: { listen: 0, tls: "dangerouslyOff", adminListen: "off" },
    authentication: { oauth: { issuer: "https://a.example/", audience: "a", jwks: "keys.json" } },
  };
  writeFileSync(path.join(folder, "portcullis.yaml"), JSON.stringify(written));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What it says on standard error, which the last one that has it closes. */
class Said {
  readonly #stream: Readable;
  readonly closed: Promise<unknown>;
  text = "";

  constructor(stream: Readable) {
    this.#stream = stream;
    this.closed = once(stream, "close");
    stream.setEncoding("utf8").on("data", (chunk: string) => (this.text += chunk));
  }

  /** Rejects where it ends before. */
  async shows(what: string): Promise<void> {
    const ended = this.closed.then(() => Promise.reject(new Error(this.text)));
    while (!this.text.includes(what)) await Promise.race([once(this.#stream, "data"), ended]);
  }
}

/** The last of the processes below: the gateway itself. */
function gatewayBelow(id: number): number {
  const children = readFileSync(`/proc/${id}/task/${id}/children`, "utf8").trim().split(" ");
  return children[0] === "" ? id : gatewayBelow(Number(children.at(-1)));
}

describe.runIf(hasNpx).each([
  ["npx portcullis start", ["npx", "portcullis", "start"]],
  ["npm run", ["npm", "run", "gate"]],
])("%s", (_name, [command = "", ...words]) => {
  it.each(["SIGTERM", "SIGKILL"] as const)("a %s to the shell in between ends the gateway in order", async (signal) => {
    const child = spawn(command, words, { cwd: project(), stdio: ["ignore", "ignore", "pipe"] });
    const said = new Said(child.stderr);
    await said.shows("Portcullis protects");
    const gateway = gatewayBelow(child.pid as number);
    const shell = Number(/^PPid:\s(\d+)$/m.exec(readFileSync(`/proc/${gateway}/status`, "utf8"))?.[1]);
    expect(shell).not.toBe(child.pid);
    process.kill(shell, signal);
    await said.closed;
    expect(said.text).toContain("SIGTERM: draining");
  });

  it("a SIGTERM to npm itself does, too", async () => {
    const child = spawn(command, words, { cwd: project(), stdio: ["ignore", "ignore", "pipe"] });
    const said = new Said(child.stderr);
    await said.shows("Portcullis protects");
    child.kill("SIGTERM");
    await said.closed;
    expect(said.text).toContain("SIGTERM: draining");
  });
});

describe("without npm", () => {
  it("whoever started it may end: it goes on, as a service does", async () => {
    const folder = project();
    const env = { ...process.env, npm_lifecycle_event: undefined };
    const command = `"${process.execPath}" "${path.join(ROOT, "bin/portcullis.js")}" start & echo $!; wait`;
    const shell = spawn("sh", ["-c", command], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
    const said = new Said(shell.stderr);
    const [first] = (await once(shell.stdout, "data")) as [Buffer];
    const gateway = Number(first.toString());
    await said.shows("Portcullis protects");
    shell.kill("SIGKILL");
    await once(shell, "exit");
    // Longer than it looks for its parent where npm started it.
    await setTimeout(1_000);
    expect(said.text).not.toContain("draining");
    process.kill(gateway, "SIGTERM");
    await said.closed;
    expect(said.text).toContain("SIGTERM: draining");
  });
});
