// Guards how changed files are noticed: replaced, rewritten, exchanged by links; and what is no change.
import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { type WatchedFiles, watchInputs } from "../../src/configuration/input-watch.ts";
import { folderWith } from "../configuration/folder.ts";
import { ask, hello, keep } from "./harness.ts";
import { configurationOf, documentOf, startReloadable } from "./reloading.ts";

const statusOf = async (url: string) => (await ask(url)).status;

describe("a file is taken over that", () => {
  it("an editor replaced by another: written beside it, then renamed", async () => {
    const upstream = keep(await hello());
    const files = { "api.yaml": documentOf("a"), "portcullis.yaml": configurationOf(upstream.origin) };
    const { gateway, folder, next, outcomes } = await startReloadable(files, { watchEveryMs: 20 });
    for (const value of ["b", "c", "d"]) {
      const taken = next();
      writeFileSync(path.join(folder, ".api.yaml.swp"), documentOf(value));
      renameSync(path.join(folder, ".api.yaml.swp"), path.join(folder, "api.yaml"));
      expect((await taken).kind).toBe("taken");
      expect(await statusOf(`${gateway.url}/item?v=${value}`)).toBe(200);
    }
    expect(outcomes).toHaveLength(3);
  });

  it("lies behind a link that is exchanged, as Kubernetes mounts a ConfigMap", async () => {
    const upstream = keep(await hello());
    const folder = folderWith({});
    const mount = (name: string, value: string) => {
      mkdirSync(path.join(folder, name));
      writeFileSync(path.join(folder, name, "api.yaml"), documentOf(value));
      writeFileSync(path.join(folder, name, "portcullis.yaml"), configurationOf(upstream.origin));
      symlinkSync(name, path.join(folder, "..data_tmp"));
      renameSync(path.join(folder, "..data_tmp"), path.join(folder, "..data"));
    };
    mount("..2026_1", "a");
    for (const file of ["api.yaml", "portcullis.yaml"]) symlinkSync(`..data/${file}`, path.join(folder, file));
    const { gateway, next } = await startReloadable({}, { watchEveryMs: 20 }, folder);
    const taken = next();
    mount("..2026_2", "b");
    rmSync(path.join(folder, "..2026_1"), { recursive: true });
    expect((await taken).kind).toBe("taken");
    expect(await statusOf(`${gateway.url}/item?v=b`)).toBe(200);
  });

  it("was missing where a changed document refers to it", async () => {
    const upstream = keep(await hello());
    const files = { "api.yaml": documentOf("a"), "portcullis.yaml": configurationOf(upstream.origin) };
    const { gateway, write, next } = await startReloadable(files, { watchEveryMs: 20 });
    const refused = next();
    write("api.yaml", documentOf("a").replace("schema: { type: string, enum: [a] }", "schema: { $ref: v.yaml }"));
    expect((await refused).kind).toBe("refused");
    const taken = next();
    write("v.yaml", "enum: [b]\n");
    expect((await taken).kind).toBe("taken");
    expect(await statusOf(`${gateway.url}/item?v=b`)).toBe(200);
  });
});

/** Files by hand, and a look when the test says so. */
function watched(contents: Record<string, string>) {
  const known = new Map(Object.entries(contents));
  const calls: string[] = [];
  let looks = 0;
  let again = false;
  const source: WatchedFiles = {
    files: () => known,
    look: () => Promise.resolve(new Map(Object.entries(contents))),
    stamp: () => {
      looks += 1;
      return Promise.resolve(JSON.stringify([contents, touched]));
    },
  };
  let touched = 0;
  const onChange = () => {
    calls.push(JSON.stringify(contents));
    for (const [file, text] of Object.entries(contents)) known.set(file, text);
    return Promise.resolve(again);
  };
  const watch = watchInputs({ source, clock: systemClock, onChange, intervalMs: 5, againMs: 20 });
  onTestFinished(() => watch.close());
  return {
    calls,
    touch: () => (touched += 1),
    comeAgain: (value: boolean) => (again = value),
    /** Resolves after as many looks more. */
    looked: async (count: number) => {
      const until = looks + count;
      await expect.poll(() => looks, { interval: 1 }).toBeGreaterThanOrEqual(until);
    },
    close: () => watch.close(),
  };
}

describe("it is no change", () => {
  it("when a file is touched, or written as it was", async () => {
    const { calls, looked, touch } = watched({ a: "1" });
    await looked(3);
    touch();
    await looked(4);
    expect(calls).toEqual([]);
  });

  it("while somebody is still writing", async () => {
    const contents: Record<string, string> = { a: "1" };
    const { calls, looked } = watched(contents);
    await looked(3);
    for (const text of ["2", "3", "4"]) {
      contents["a"] = text;
      await looked(1);
    }
    await looked(3);
    expect(calls.at(-1)).toBe('{"a":"4"}');
    expect(calls.length).toBeLessThanOrEqual(2);
  });

  it("that a file on the disk has another time only", async () => {
    const upstream = keep(await hello());
    const files = { "api.yaml": documentOf("a"), "portcullis.yaml": configurationOf(upstream.origin) };
    const { folder, outcomes, next, write } = await startReloadable(files, { watchEveryMs: 10 });
    utimesSync(path.join(folder, "api.yaml"), new Date(), new Date());
    const taken = next();
    write("api.yaml", documentOf("b"));
    await taken;
    expect(outcomes).toHaveLength(1);
  });
});

it("what failed because something else was away is tried again, unchanged", async () => {
  const contents: Record<string, string> = { a: "1" };
  const { calls, looked, comeAgain } = watched(contents);
  await looked(3);
  comeAgain(true);
  contents["a"] = "2";
  await expect.poll(() => calls.length).toBeGreaterThanOrEqual(3);
  comeAgain(false);
  const before = calls.length;
  await looked(12);
  expect(calls.length).toBeLessThanOrEqual(before + 1);
});
