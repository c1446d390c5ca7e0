// Documents are read the same way by every reader, references stay in the folder, messages name the line.
import { mkdtemp, mkdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DocumentSet } from "../../src/openapi/document.ts";
import { briefly, loadFrom, problemsOf, readFrom } from "./memory-files.ts";

const HEAD = "openapi: 3.1.0\ninfo: { title: T, version: '1' }\n";

describe("syntax", () => {
  it("reads JSON and YAML to the same value", async () => {
    const yaml = await loadFrom({ "api/openapi.yaml": `${HEAD}paths: { /a: { get: {} } }` });
    const json = await loadFrom({ "a.json": JSON.stringify(yaml.root.value) }, "a.json");
    expect(json.root.value).toEqual(yaml.root.value);
    expect([yaml.version, json.version]).toEqual(["3.1", "3.1"]);
  });

  it("refuses a member written twice, in JSON", async () => {
    const text = '{\n  "openapi": "3.1.0",\n  "paths": { "/a": { "get": {}, "get": {} } }\n}';
    expect(briefly(await problemsOf(() => loadFrom({ "a.json": text }, "a.json")))).toEqual(["3:33 openapi.syntax"]);
  });

  it("refuses a member written twice under another escape", async () => {
    const text = '{"openapi":"3.1.0","x-a":{"security":1,"secur\\u0069ty":[]}}';
    expect(await problemsOf(() => loadFrom({ "a.json": text }, "a.json"))).toHaveLength(1);
  });

  it("takes strings full of quotes, colons and backslashes for what they are", async () => {
    const text = JSON.stringify({ openapi: "3.1.0", "x-a": '\\" : "\\\\', "x:b": ["{", '":', { k: "\\" }] });
    expect((await loadFrom({ "a.json": text }, "a.json")).version).toBe("3.1");
  });

  it("refuses a key written twice, in YAML, and a syntax error, both with their line", async () => {
    const twice = `${HEAD}security: [{ a: [] }]\npaths: {}\nsecurity: []\n`;
    expect(briefly(await problemsOf(() => loadFrom({ "api/openapi.yaml": twice })))).toEqual(["5:1 openapi.syntax"]);
    const broken = await problemsOf(() => loadFrom({ "api/openapi.yaml": `${HEAD}paths: [1\n` }));
    expect(broken[0]?.rule).toBe("openapi.syntax");
    const slip = `${HEAD}paths: { /a: { get: { tags: [a[b]] } }, /b: { get: { tags: [c, d] } } }\nsecurity: []\n`;
    const told = await problemsOf(() => loadFrom({ "api/openapi.yaml": slip }));
    expect(told).toHaveLength(1);
    expect(told[0]?.remedy).toContain("What else is wrong behind it shows when this is mended.");
    const json = await problemsOf(() => loadFrom({ "a.json": '{\n "openapi": oops }' }, "a.json"));
    expect(briefly(json)).toEqual(["2:13 openapi.syntax"]);
  });

  it.each([
    ['{"a":1,}', 7],
    ['{"a" 1}', 5],
    ['{"a":[1 2]}', 8],
    ['{"a":01}', 6],
    ['{"a":1', 6],
    ["{a:1}", 1],
    ['{"a":1} x', 8],
    ['{"a":"x\u0001y"}', 5],
    ['{"a":[1}', 7],
    ["", 0],
  ])("names the place where %j stops being JSON", async (text, offset) => {
    const [problem] = await problemsOf(() => loadFrom({ "a.json": text }, "a.json"));
    expect(problem?.position).toEqual({ file: "a.json", line: 1, column: offset + 1 });
  });

  it("I07 refuses YAML alias bombs and cycles, and lets ordinary anchors be", async () => {
    const levels = Array.from({ length: 12 }, (_, i) => `x-${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`);
    const bomb = `${HEAD}x-0: &a0 [1,1]\n${levels.join("\n")}\n`;
    expect((await problemsOf(() => loadFrom({ "api/openapi.yaml": bomb }))).length).toBe(1);
    expect((await problemsOf(() => loadFrom({ "api/openapi.yaml": `${HEAD}x-a: &a { b: *a }` }))).length).toBe(1);
    const kind = await loadFrom({ "api/openapi.yaml": `${HEAD}x-a: &a { b: 1 }\nx-b: { <<: *a, c: *a }` });
    expect(kind.child(kind.root, "x-b").value).toEqual({ b: 1, c: { b: 1 } });
  });

  it("refuses JSON that is nested beyond reason", async () => {
    const text = `{"openapi":"3.1.0","x-a":${"[".repeat(5000)}${"]".repeat(5000)}}`;
    const problems = await problemsOf(() => loadFrom({ "a.json": text }, "a.json"));
    expect(problems[0]?.rule).toBe("openapi.document-unbounded");
  });

  it("knows own members only", () => {
    const set = DocumentSet.fromObject(JSON.parse('{"openapi":"3.1.0","__proto__":{"a":1}}'));
    expect(set.child(set.root, "constructor").value).toBeUndefined();
    expect(set.child(set.root, "__proto__", "a").value).toBe(1);
    expect(({} as { a?: unknown }).a).toBeUndefined();
  });

  it.each([
    ["swagger: '2.0'", "Swagger 2.0"],
    ["openapi: 3.1", '"openapi" is 3.1'],
    ["openapi: 4.0.0", '"openapi" is "4.0.0"'],
    ["info: {}", '"openapi" is missing'],
    ["- a", "not an OpenAPI document"],
  ])("refuses %s", async (text, message) => {
    const [problem] = await problemsOf(() => loadFrom({ "api/openapi.yaml": text }));
    expect(problem?.message).toContain(message);
    expect(problem?.remedy).toBeDefined();
  });

  it("refuses a cyclic object from code", async () => {
    const cyclic: Record<string, unknown> = { openapi: "3.1.0" };
    cyclic["paths"] = cyclic;
    expect((await problemsOf(() => DocumentSet.fromObject(cyclic)))[0]?.remedy).toContain("$ref");
  });
});

describe("references", () => {
  const files = {
    "api/openapi.yaml": `${HEAD}paths: { /a: { $ref: 'paths/a.yaml#/one' } }\nx-up: { $ref: ../secret.yaml }`,
    "api/paths/a.yaml": "one: { get: { responses: { 200: { $ref: ../parts.json#/ok } } } }",
    "api/parts.json": '{ "ok": { "description": "fine" }, "a~b/c": 1, "via": { "$ref": "#/ok" } }',
    "secret.yaml": "password: hunter2",
  };

  it("leads across files, each counted from the file it is written in", async () => {
    const set = await loadFrom(files);
    const item = set.follow(set.child(set.root, "paths", "/a"));
    expect([item.file, item.pointer]).toEqual(["api/paths/a.yaml", "/one"]);
    const response = set.follow(set.child(item, "get", "responses", "200"));
    expect([response.file, response.pointer]).toEqual(["api/parts.json", "/ok"]);
    expect(set.target("parts.json#/a~0b~1c", set.root).value).toBe(1);
    expect(set.target("parts.json#/via/description", set.root).value).toBe("fine");
    expect(set.files).toEqual(["api/openapi.yaml", "api/paths/a.yaml", "api/parts.json"]);
  });

  it.each([
    "../secret.yaml",
    "paths/../../secret.yaml",
    "%2e%2e/secret.yaml",
    "/etc/passwd",
    "file:///etc/passwd",
    "https://example.com/a.yaml",
    "//example.com/a.yaml",
    "..\\secret.yaml",
    "a.yaml%00.json",
  ])("refuses %s, and never reads it", async (reference) => {
    const read: string[] = [];
    const text = `${HEAD}x-a: { $ref: '${reference}' }`;
    const set = await DocumentSet.load(
      "api/openapi.yaml",
      (file) => {
        read.push(file);
        return Promise.resolve(text);
      },
      (file) => Promise.resolve(file),
    );
    expect(read).toEqual(["api/openapi.yaml"]);
    const problems = await problemsOf(() => set.follow(set.child(set.root, "x-a")));
    expect(briefly(problems)).toEqual(["3:8 openapi.reference-refused"]);
    expect(problems[0]?.remedy).toBeDefined();
  });

  it("refuses symbolic links that lead out, follows those that stay, and reads nothing else without realPath", async () => {
    const folder = await mkdtemp(join(tmpdir(), "portcullis-"));
    try {
      await mkdir(join(folder, "api"));
      await writeFile(join(folder, "secret.yaml"), "a: hunter2");
      await writeFile(join(folder, "api", "b.yaml"), "a: 1");
      await symlink(join(folder, "secret.yaml"), join(folder, "api", "out.yaml"));
      await symlink(join(folder, "api", "b.yaml"), join(folder, "api", "in.yaml"));
      const root = join(folder, "api", "openapi.yaml");
      await writeFile(root, `${HEAD}x-a: { $ref: out.yaml#/a }\nx-b: { $ref: in.yaml#/a }`);
      const read = (file: string): Promise<string> => readFile(file, "utf8");
      const set = await DocumentSet.load(root, read, realpath);
      expect(set.follow(set.child(set.root, "x-b")).value).toBe(1);
      const problems = await problemsOf(() => set.follow(set.child(set.root, "x-a")));
      expect(problems.map((problem) => problem.message).join()).toContain("symbolic link");
      const closed = await DocumentSet.load(root, read);
      expect(await problemsOf(() => closed.follow(closed.child(closed.root, "x-b")))).toHaveLength(2);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("tells of cycles, of what is absent and of files that are broken", async () => {
    const text = `${HEAD}x-a: { $ref: '#/x-b' }\nx-b: { $ref: '#/x-a' }\nx-c: { $ref: '#/nope' }\nx-d: { $ref: bad.yaml }\nx-e: { $ref: '#/x-e/f' }`;
    const set = await loadFrom({ "api/openapi.yaml": text, "api/bad.yaml": "a: [" });
    const rules = async (key: string): Promise<string[]> =>
      briefly(await problemsOf(() => set.follow(set.child(set.root, key))));
    expect(await rules("x-a")).toEqual(["3:8 openapi.reference-cycle"]);
    expect(await rules("x-c")).toEqual(["5:8 openapi.reference-unresolved"]);
    expect((await rules("x-d")).map((line) => line.split(" ")[1])).toContain("openapi.syntax");
    expect(await rules("x-e")).toEqual(["7:8 openapi.reference-cycle"]);
  });

  it("resolves $anchor and $id since 3.1", async () => {
    const text = `${HEAD}components: { schemas: { A: { $id: 'https://example.com/a', $defs: { x: { $anchor: here, type: string } }, items: { $ref: '#/$defs/x' } } } }`;
    const set = await loadFrom({ "api/openapi.yaml": text });
    const items = set.child(set.root, "components", "schemas", "A", "items");
    expect(set.follow(items).value).toMatchObject({ type: "string" });
    expect(set.target("#here", set.root).pointer).toBe("/components/schemas/A/$defs/x");
    expect(set.target("https://example.com/a", set.root).pointer).toBe("/components/schemas/A");
  });
});

describe("positions", () => {
  it("are those of the key, in JSON and YAML", async () => {
    const yaml = await loadFrom({
      "api/openapi.yaml": `${HEAD}paths:\n  /a/{b}:\n    get:\n      tags:\n        - x\n`,
    });
    expect(yaml.position(yaml.child(yaml.root, "paths", "/a/{b}", "get"))).toEqual({
      file: "api/openapi.yaml",
      line: 5,
      column: 5,
    });
    expect(yaml.position(yaml.child(yaml.root, "paths", "/a/{b}", "get", "tags", 0)).line).toBe(7);
    expect(yaml.position(yaml.root)).toMatchObject({ line: 1, column: 1 });
    const json = await loadFrom({ "a.json": JSON.stringify(yaml.root.value, null, 2) }, "a.json");
    expect(json.position(json.child(json.root, "paths", "/a/{b}"), "get")).toEqual({
      file: "a.json",
      line: 9,
      column: 7,
    });
    expect(json.position(json.child(json.root, "paths", "/a/{b}"), "absent").line).toBe(8);
  });

  it("of an object from code are its pointer", () => {
    const set = DocumentSet.fromObject({ openapi: "3.0.0", paths: {} }, "code");
    expect(set.position(set.child(set.root, "paths")).file).toBe("code#/paths");
  });

  it("of an unreadable root name the file", async () => {
    expect((await problemsOf(() => DocumentSet.load("x.yaml", readFrom({}))))[0]?.message).toContain(
      "there is no such file",
    );
  });
});
