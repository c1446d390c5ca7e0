// Guards report as its own process: nobody reads on, somebody interrupts it, the file is large.
import { spawn, spawnSync } from "node:child_process";
import { openSync, writeSync, closeSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { UNCOMPILED } from "./process.ts";
import { folderWith } from "../configuration/folder.ts";
import { eventLines } from "./report-events.ts";

const COMMAND = path.join(import.meta.dirname, "..", "..", "bin", "portcullis.js");

const lines = (count: number) =>
  eventLines(
    Array.from({ length: count }, (_, i) => ({
      id: `id-${i}`,
      operation: `operation-${i % 500}`,
      address: `192.0.${(i >> 8) % 256}.${i % 256}`,
      would: "authentication.credentials-missing" as const,
    })),
  );

it("ends without a word where nobody reads on", () => {
  const cwd = folderWith({ "a.ndjson": lines(2_000).join("\n") });
  const script = `"${process.execPath}" "${COMMAND}" report a.ndjson --format json | head -n 1`;
  const { stdout, stderr } = spawnSync("sh", ["-c", script], { cwd, encoding: "utf8" });
  expect({ stdout, stderr }).toEqual({ stdout: "{\n", stderr: "" });
});

it("shows what it has read when it is interrupted", async () => {
  const child = spawn(process.execPath, [COMMAND, "report", "-"], { cwd: folderWith({}), stdio: "pipe" });
  const printed = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (part: string) => (printed.out += part));
  child.stderr.setEncoding("utf8").on("data", (part: string) => (printed.err += part));
  child.stdin.on("error", () => undefined);
  // More than a pipe holds: once it is taken, the process reads, and its signals are handled.
  await new Promise<void>((resolve) => void child.stdin.write(`${lines(2_000).join("\n")}\n`, () => resolve()));
  child.kill("SIGINT");
  const code = await new Promise((resolve) => void child.once("close", resolve));
  expect({ code, err: printed.err }).toEqual({ code: 2, err: "" });
  expect(printed.out).toMatch(/^[\d,]+ requests in /);
  expect(printed.out).toContain("note  stopped before the end");
});

it("reads a large file in little memory", () => {
  const cwd = folderWith({ "empty.txt": "" });
  const file = openSync(path.join(cwd, "large.ndjson"), "w");
  const block = Buffer.from(`${lines(5_000).join("\n")}\n`);
  let bytes = 0;
  while (bytes < 128e6) bytes += writeSync(file, block);
  closeSync(file);
  const script = `process.argv.splice(1, 0, "portcullis");
    const { main } = await import(${JSON.stringify(path.join(import.meta.dirname, "..", "..", "src", "cli", "main.ts"))});
    await main(["report", "large.ndjson"]);
    process.stderr.write(String(process.resourceUsage().maxRSS));`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd,
    encoding: "utf8",
    env: { ...process.env, ...UNCOMPILED },
  });
  expect(stdout).toMatch(/^\d{3},\d{3} requests in large\.ndjson/);
  // In KiB.
  expect(Number(stderr)).toBeLessThan(400_000);
});
