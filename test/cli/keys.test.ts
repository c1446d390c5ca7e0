// Guards `portcullis keys`: what it makes opens the gate, what it revokes does not, and nobody's text is touched.
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { folderWith } from "../configuration/folder.ts";
import { policyVerdict } from "./policy-verdict.ts";
import { run } from "./running.ts";

const DOCUMENT = `openapi: 3.1.0
info: { title: Shop, version: "1" }
paths:
  /orders:
    get: { operationId: listOrders, security: [{ key: ["orders:read"] }], responses: { default: { description: d } } }
    delete: { operationId: clear, security: [{ key: [] }], responses: { default: { description: d } } }
components: { securitySchemes: { key: { type: apiKey, in: header, name: X-API-Key } } }
`;
const TEXT = `# who may come in
openapi: api.yaml
authentication:
  key: { keys: keys.json }   # made by the command
authorization: { roles: { clerk: {} } }
operations: { clear: { authorization: { roles: [clerk] } } }
`;

const folder = () => folderWith({ "portcullis.yaml": TEXT, "api.yaml": DOCUMENT });
const keys = (cwd: string, ...args: string[]) => run(["keys", ...args], { cwd });

async function create(cwd: string, ...args: string[]): Promise<{ id: string; key: string; hash: string }> {
  const { code, out, err } = await keys(cwd, "create", "--json", ...args);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return JSON.parse(out);
}

/** What the composed policy says of a request with this key. */
const verdict = (cwd: string, key: string, method = "GET") => policyVerdict(cwd, "/orders", ["X-API-Key", key], method);

describe("portcullis keys", () => {
  it("makes a key that opens what its scopes and roles allow, and shows it once", async () => {
    const cwd = folder();
    const reader = await create(cwd, "--name", "billing", "--scopes", "orders:read");
    const clerk = await create(cwd, "--name", "desk", "--roles", "clerk", "--expires", "90d");
    expect(await verdict(cwd, reader.key)).toBe("passed");
    expect(await verdict(cwd, reader.key, "DELETE")).toBe("authorization.role-missing");
    expect(await verdict(cwd, clerk.key)).toBe("authorization.scope-insufficient");
    expect(await verdict(cwd, clerk.key, "DELETE")).toBe("passed");
    const file = readFileSync(path.join(cwd, "keys.json"), "utf8");
    for (const { key, hash, id } of [reader, clerk]) {
      expect(file).toContain(hash);
      expect(file).toContain(id);
      expect(file).not.toContain(key.slice(15));
    }
    expect(statSync(path.join(cwd, "keys.json")).mode & 0o007).toBe(0);
    expect(readFileSync(path.join(cwd, "portcullis.yaml"), "utf8")).toBe(TEXT);
    expect(existsSync(path.join(cwd, "keys.json.lock"))).toBe(false);
  });

  it("tells a person what was made, where, and until when", async () => {
    const cwd = folder();
    const { out } = await keys(cwd, "create", "--name", "billing", "--expires", "2999-01-31");
    expect(out).toMatch(/^made key [0-9A-Za-z]{10} for billing in .*keys\.json; it expires 2999-02-01T00:00:00Z\n/);
    expect(out).toMatch(/\n {2}pck_[0-9A-Za-z]{10}_[0-9A-Za-z]{49}\n/);
    const listed = await keys(cwd, "list");
    expect(listed.out).toMatch(/^[0-9A-Za-z]{10} {2}active {3}billing; made \d{4}-\d\d-\d\d; until 2999-02-01\n$/);
    expect(listed.out).not.toContain("sha256");
  });

  it("revokes one key and leaves the others", async () => {
    const cwd = folder();
    const [one, two] = [await create(cwd, "--name", "a", "--scopes", "orders:read"), await create(cwd, "--name", "b")];
    expect((await keys(cwd, "revoke", one.id)).out).toBe(`revoked key ${one.id} of a\n`);
    expect(await verdict(cwd, one.key)).toBe("authentication.api-key-rejected");
    expect(await verdict(cwd, two.key, "DELETE")).toBe("authorization.role-missing");
    const rows = JSON.parse((await keys(cwd, "list", "--json")).out) as { id: string; state: string; hash?: string }[];
    expect(rows.map(({ id, state, hash }) => [id, state, hash])).toEqual([
      [one.id, "revoked", undefined],
      [two.id, "active", undefined],
    ]);
    expect(await keys(cwd, "revoke", "0000000000")).toMatchObject({ code: 2 });
  });

  it("refuses an expired key", async () => {
    const cwd = folder();
    const { key, id, hash } = await create(cwd, "--name", "a", "--scopes", "orders:read");
    const entry = { id, hash, name: "a", scopes: ["orders:read"], expires: "2020-01-01T00:00:00Z" };
    writeFileSync(path.join(cwd, "keys.json"), JSON.stringify({ keys: [entry] }));
    expect(await verdict(cwd, key)).toBe("authentication.api-key-rejected");
    expect((await keys(cwd, "list")).out).toContain("expired");
  });

  it("takes what it printed into the configuration as well", async () => {
    const cwd = folder();
    const { key, id, hash } = await create(cwd, "--name", "a", "--file", "elsewhere.json");
    const list = `keys: [{ id: ${id}, hash: "${hash}", name: a, scopes: ["orders:read"] }]`;
    writeFileSync(path.join(cwd, "portcullis.yaml"), TEXT.replace("keys: keys.json", list));
    expect(await verdict(cwd, key)).toBe("passed");
    const { code, err } = await keys(cwd, "list");
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining("names no file of keys") });
  });

  it("is changed by one command at a time, and never left in half", async () => {
    const cwd = folder();
    await create(cwd, "--name", "a");
    const before = readFileSync(path.join(cwd, "keys.json"), "utf8");
    writeFileSync(path.join(cwd, "keys.json.lock"), "");
    expect(await keys(cwd, "create", "--name", "b")).toMatchObject({
      code: 2,
      err: expect.stringContaining("another process is changing"),
    });
    expect(readFileSync(path.join(cwd, "keys.json"), "utf8")).toBe(before);
  });

  it.each([
    [["create"], "needs --name"],
    [["create", "--name", "a", "--expires", "soon"], "--expires is no time"],
    [["create", "--name", "a", "--expires", "2020-01-01"], "lies in the past"],
    [["create", "--name", "a", "--scopes", 'a"b'], "is no scope"],
    [["create", "--name", "a", "--scheme", "oauth"], "names no file of keys"],
    [["revoke"], "needs the id"],
    [["make"], "needs one of"],
    [[], "needs one of"],
  ])("says what is wrong with %j", async (args, said) => {
    const { code, err } = await keys(folder(), ...args);
    expect(code).toBe(2);
    expect(err).toContain(said);
  });

  it("a file that is missing, broken or ambiguous stops the start, with its place", async () => {
    const said = async (text: string | undefined) => {
      const cwd = folder();
      if (text !== undefined) writeFileSync(path.join(cwd, "keys.json"), text);
      return verdict(cwd, "x").catch((error: Error) => error.message);
    };
    expect(await said(undefined)).toMatch(/^portcullis.yaml:4:10: .*keys.json cannot be read: there is no such file/);
    expect(await said("{")).toContain("strict JSON");
    expect(await said('{"keys":[],"keys":[]}')).toContain("strict JSON");
    expect(await said('{"keys":[{"id":"short"}]}')).toContain("keys.0.id: ten letters and digits");
    const hash = `sha256:${"a".repeat(43)}`;
    const key = `{"id":"abcdefghij","hash":"${hash}","name":"a"}`;
    expect(await said(`{"keys":[${key},${key}]}`)).toContain("two API keys have the id abcdefghij");
  });
});
