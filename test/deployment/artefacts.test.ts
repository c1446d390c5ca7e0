// Guards the unit and the Dockerfile of docs/deployment.md: what they name is what the package has, and systemd accepts the unit.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { block, blocks } from "../repository/markdown.ts";
import { LIMITS } from "../../src/transport/limits.ts";
import { readText } from "../repository/tree.ts";

const PAGE = "docs/deployment.md";
const { name, version, bin, engines } = JSON.parse(readText("package.json")) as {
  name: string;
  version: string;
  bin: Readonly<Record<string, string>>;
  engines: { node: string };
};
const entry = `/opt/portcullis/node_modules/${name}/${bin["portcullis"] as string}`;
const tarball = `${name}-${version}.tgz`;

describe("the Dockerfile", () => {
  const dockerfile = block(PAGE, "dockerfile");

  it("runs the package's command as a user without rights", () => {
    expect(dockerfile).toContain(`ENTRYPOINT ["node", "${entry}"]`);
    expect(dockerfile.lastIndexOf("USER node")).toBeGreaterThan(dockerfile.lastIndexOf("FROM"));
  });

  it("takes the Node that the package asks for, and the tarball of this version", () => {
    const major = /\d+/.exec(engines.node)?.[0] as string;
    const images = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map((match) => match[1]);
    expect(images).toEqual([`node:${major}-bookworm-slim`, `node:${major}-bookworm-slim`]);
    expect(dockerfile).toContain(tarball);
  });

  it("asks for health where /livez answers, with a script that Node reads", () => {
    const [, command] = /^HEALTHCHECK .* CMD (\[.*\])$/m.exec(dockerfile) as RegExpExecArray;
    const [node, flag, script] = JSON.parse(command as string) as [string, string, string];
    expect([node, flag]).toEqual(["node", "-e"]);
    expect(script).toContain("http://127.0.0.1:9901/livez");
    // Nothing listens there, or it is no gate of ours: it must end by itself and say so.
    const run = spawnSync(process.execPath, ["-e", script.replace("9901", "9")], { timeout: 10_000 });
    expect(run.status).toBe(1);
  });
});

describe("the unit", () => {
  const unit = block(PAGE, "ini unit");

  it("starts the package's command", () => {
    expect(unit).toContain(`ExecStart=/usr/bin/node ${entry} start\n`);
  });

  it("waits longer for the end than the gateway does", () => {
    const seconds = Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1]);
    expect(seconds * 1_000).toBeGreaterThan(LIMITS.drainTimeoutMs);
  });

  const hasSystemd = spawnSync("systemd-analyze", ["--version"]).status === 0;

  it.skipIf(!hasSystemd)("is accepted by systemd-analyze verify, and is well locked (needs systemd-analyze)", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "portcullis-unit-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = path.join(folder, "portcullis.service");
    writeFileSync(file, unit.replace("/usr/bin/node", `"${process.execPath}"`));
    const verified = spawnSync("systemd-analyze", ["verify", "--man=no", file], { encoding: "utf8" });
    expect(verified.stderr.split("\n").filter((line) => line.includes("portcullis"))).toEqual([]);
    const judged = spawnSync("systemd-analyze", ["security", "--offline=yes", file], { encoding: "utf8" });
    const exposure = Number(/exposure level for \S+: ([\d.]+)/.exec(judged.stdout)?.[1]);
    expect(exposure).toBeLessThan(3);
  });
});

describe("the commands", () => {
  const shell = blocks(PAGE, "sh");

  it("install the tarball of this version", () => {
    expect(shell.some(({ text }) => text.includes(`./${tarball}`))).toBe(true);
  });
});
