// Guards what is known of the files behind a policy: all that were read, what they held, and what is looked at again.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { offlinePorts } from "../../src/configuration/compose.ts";
import { PolicySource } from "../../src/configuration/policy-source.ts";
import { DOCUMENT } from "./composing.ts";
import { folderWith } from "./folder.ts";

const TEXT = `openapi: api.yaml
authentication: { oauth: { issuer: "https://i.example/", audience: a } }
monitoring: { sinks: [], hashKey: { file: key } }
`;

it("knows every file, also those of an attempt that failed, until another policy is taken", async () => {
  const cwd = folderWith({ "portcullis.yaml": TEXT, "api.yaml": DOCUMENT, key: "k".repeat(32) });
  const source = new PolicySource({ file: "portcullis.yaml", cwd, env: {} }, offlinePorts(cwd));
  const composition = await source.compose();
  source.took();
  const names = () => [...source.files().keys()].map((file) => path.basename(file)).sort();
  expect(names()).toEqual(["api.yaml", "key", "portcullis.yaml"]);
  writeFileSync(path.join(cwd, "portcullis.yaml"), TEXT.replace("api.yaml", "new.yaml"));
  await expect(source.compose(composition)).rejects.toThrow("new.yaml");
  expect(names()).toEqual(["api.yaml", "key", "new.yaml", "portcullis.yaml"]);
  expect(await source.look(source.files().keys())).toEqual(source.files());
  writeFileSync(path.join(cwd, "new.yaml"), DOCUMENT);
  expect(await source.look(source.files().keys())).not.toEqual(source.files());
  await source.compose(composition);
  source.took();
  expect(names()).toEqual(["key", "new.yaml", "portcullis.yaml"]);
  await composition.close();
});

it("does not read again what is no file: a pipe has nothing more to say", async () => {
  const cwd = folderWith({ "api.yaml": DOCUMENT });
  // Stands for the pipe: it is there, and no file.
  mkdirSync(path.join(cwd, "pipe"));
  let reads = 0;
  const ports = offlinePorts(cwd);
  const readText = (file: string) => {
    if (file !== "pipe") return ports.readText(file);
    reads += 1;
    return Promise.resolve(TEXT.replace(", hashKey: { file: key }", ""));
  };
  const source = new PolicySource({ file: "pipe", cwd, env: {} }, { ...ports, readText });
  const composition = await source.compose();
  source.took();
  expect(await source.look(source.files().keys())).toEqual(source.files());
  expect(reads).toBe(1);
  await composition.close();
});

it("hands sets of keys, and the tokens that they verified, to the next policy where their settings stay", async () => {
  const text = TEXT.replace(", hashKey: { file: key }", "");
  const cwd = folderWith({ "portcullis.yaml": text, "api.yaml": DOCUMENT });
  const source = new PolicySource({ file: "portcullis.yaml", cwd, env: {} }, offlinePorts(cwd));
  const first = await source.compose();
  writeFileSync(path.join(cwd, "api.yaml"), DOCUMENT.replace("title: Shop", "title: Other"));
  const second = await source.compose(first);
  expect(second.keySources).toEqual(first.keySources);
  expect(second.survivors.verified.get("oauth")).toBe(first.survivors.verified.get("oauth"));
  expect(second.recorder).toBe(first.recorder);
  writeFileSync(path.join(cwd, "portcullis.yaml"), text.replace("i.example", "j.example"));
  const third = await source.compose(second);
  expect(third.keySources[0]).not.toBe(first.keySources[0]);
  expect(third.survivors.verified.get("oauth")?.cache).not.toBe(first.survivors.verified.get("oauth")?.cache);
  await third.close();
});
