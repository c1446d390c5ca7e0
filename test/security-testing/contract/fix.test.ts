// Guards `portcullis test contract --fix` where a document cannot be mended: all of its files are as they were, and the message says which and where.
import { readFileSync, symlinkSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { writeAll } from "../../../src/security-testing/contract/write-all.ts";
import { run } from "../../cli/running.ts";
import { folderWith } from "../../configuration/folder.ts";

const read = (cwd: string, name: string) => readFileSync(path.join(cwd, name), "utf8");
const document = (paths: string) => `openapi: 3.1.0
info: { title: Shop, version: "1" }
servers: [{ url: "https://a.example" }]
paths:
${paths}`;
const fixed = (files: Readonly<Record<string, string>>) => {
  const cwd = folderWith({ "portcullis.yaml": "openapi: api.yaml\nupstream: http://127.0.0.1:1\n", ...files });
  return run(["test", "contract", "--fix"], { cwd }).then((ran) => ({ ...ran, cwd }));
};

it("says where an alias stands in the way, and changes nothing", async () => {
  const text = document(`  /a:
    get: { operationId: a, security: [], responses: &answers { "200": { description: ok } } }
  /b:
    get: { operationId: b, security: [], responses: *answers }
`);
  const { code, out, cwd } = await fixed({ "api.yaml": text });
  expect(code).toBe(2);
  expect(out).toContain("--fix of api.yaml: its text cannot take the answers: line 8: *answers stands there");
  expect(read(cwd, "api.yaml")).toBe(text);
});

it("adds to a 429 that is there all that the gate sends with it", async () => {
  const { err, cwd } = await fixed({
    "api.yaml": document(`  /a:
    get:
      operationId: a
      security: []
      responses:
        "200": { description: ok }
        "429":
          description: later
          headers:
            retry-after: { schema: { type: integer } }
`),
  });
  expect(err).toBe("changed: api.yaml: 2 fields added to answers that were there\n");
  expect(read(cwd, "api.yaml").match(/RateLimit(-Policy)?:|[Rr]etry-[Aa]fter:/g)).toEqual([
    "retry-after:",
    "RateLimit:",
    "RateLimit-Policy:",
  ]);
});

it("writes all files or none", async () => {
  const cwd = folderWith({ "a.yaml": "a\n", "b.yaml": "b\n" });
  const [a, b] = [path.join(cwd, "a.yaml"), path.join(cwd, "b.yaml")];
  expect(
    await writeAll(
      new Map([
        [a, "A\n"],
        [b, "B\n"],
      ]),
    ),
  ).toBeUndefined();
  expect([read(cwd, "a.yaml"), read(cwd, "b.yaml")]).toEqual(["A\n", "B\n"]);
  expect(
    await writeAll(
      new Map([
        [a, "1\n"],
        [path.join(cwd, "none.yaml"), "2\n"],
      ]),
    ),
  ).toMatchObject({
    file: path.join(cwd, "none.yaml"),
    why: "it cannot be written (ENOENT); nothing was changed",
  });
  expect(read(cwd, "a.yaml")).toBe("A\n");
});

it.skipIf(process.platform !== "linux")("puts back what was written where a later file fails", async () => {
  const cwd = folderWith({ "a.yaml": "a\n" });
  // It opens, reads and may be written; writing fails.
  const full = path.join(cwd, "full.yaml");
  symlinkSync("/proc/self/oom_score_adj", full);
  const said = await writeAll(
    new Map([
      [path.join(cwd, "a.yaml"), "A\n"],
      [full, "no number\n"],
    ]),
  );
  expect(said).toMatchObject({ file: full, why: "it cannot be written (EINVAL); nothing was changed" });
  expect(read(cwd, "a.yaml")).toBe("a\n");
});
