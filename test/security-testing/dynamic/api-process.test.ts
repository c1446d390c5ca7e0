// Guards commands of the test file: what they are given, how their end is seen, and what they leave running.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { runCommand, startApi } from "../../../src/security-testing/dynamic/api-process.ts";
import type { Command } from "../../../src/security-testing/dynamic/test-file/schema.ts";
import { folderWith } from "../../configuration/folder.ts";
import { freePort } from "../../servers/free-port.ts";

const env = { PATH: process.env["PATH"], WORD: "of the run" };
const ran = (command: Command, folder: string, signal = new AbortController().signal) =>
  runCommand({ command, folder, env, signal });
const textIn = (folder: string, name: string) => readFileSync(path.join(folder, name), "utf8");

describe("a command", () => {
  it.each<[string, Command]>([
    ["for the shell", 'printf "%s" "$WORD" > said'],
    ["as words", ["sh", "-c", 'printf "%s" "$WORD" > said']],
  ])("%s runs in its folder with the environment of the run", async (_how, command) => {
    const folder = folderWith({});
    await ran(command, folder);
    expect(textIn(folder, "said")).toBe("of the run");
  });

  it("takes words as they are", async () => {
    const folder = folderWith({});
    await ran(["sh", "-c", 'printf "%s|" "$@" > said', "sh", "a b", "$WORD", "-c", ""], folder);
    expect(textIn(folder, "said")).toBe("a b|$WORD|-c||");
  });

  it.each<[string, Command, RegExp]>([
    ["that fails", "echo no database >&2; exit 3", /failed\. It said: no database$/],
    ["that is ended by a signal", "kill -KILL $$", /failed/],
    ["that is not there", ["no-such-program-here"], /failed.*not found/s],
  ])("%s is told", async (_how, command, said) => {
    await expect(ran(command, folderWith({}))).rejects.toThrow(said);
  });

  it("leaves running what it was told to start, and is not waited for beyond its own end", async () => {
    const folder = folderWith({});
    const beganMs = performance.now();
    await ran("sleep 60 & echo $! > pid", folder);
    expect(performance.now() - beganMs).toBeLessThan(30_000);
    const pid = Number(textIn(folder, "pid"));
    onTestFinished(() => void process.kill(pid));
    expect(process.kill(pid, 0)).toBe(true);
  });

  it("ends when the run is stopped, with what it started", async () => {
    const folder = folderWith({});
    const stop = new AbortController();
    const done = ran("sleep 60 & echo $! > pid; wait", folder, stop.signal);
    await expect.poll(() => existsSync(path.join(folder, "pid")) && textIn(folder, "pid")).toMatch(/\d\n/);
    stop.abort();
    await expect(done).rejects.toThrow(/failed/);
  });
});

describe("an API", () => {
  it("gets nothing of the run's but its environment: no input, no other pipe", async () => {
    const port = await freePort();
    const folder = folderWith({
      "api.mjs": `import { fstatSync } from "node:fs"; import { createServer } from "node:http";
const open = [0, 3].map((fd) => { try { return fstatSync(fd).isFIFO() || fstatSync(fd).isSocket(); } catch { return false; } });
createServer((_, response) => response.end(JSON.stringify(open))).listen(${port}, "127.0.0.1");`,
    });
    const ready = `http://127.0.0.1:${port}/`;
    const signal = new AbortController().signal;
    const api = await startApi({ command: [process.execPath, "api.mjs"], folder, env, signal, ready });
    expect(await (await fetch(ready)).json()).toEqual([false, false]);
    await api.close();
    await expect(fetch(ready)).rejects.toThrow("fetch failed");
  });
});
