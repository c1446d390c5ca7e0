// Guards which operations an entry of `operations` means, and which of two entries wins: a rule that misses its path protects nothing.
import { describe, expect, it } from "vitest";
import { complaints, composed } from "./composing.ts";

const operation = (id: string, more = "") =>
  `{ operationId: ${id}, security: [{ oauth: [] }], ${more}responses: { default: { description: d } } }`;
const DOCUMENT = `openapi: 3.1.0
info: { title: Shop, version: "1" }
paths:
  /admin:
    get: ${operation("admin")}
  /admin/users/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
    get: ${operation("getUser", "tags: [users], ")}
    delete: ${operation("deleteUser", "tags: [users], ")}
  /admin/users/{id}/keys/{key}:
    parameters:
      - { name: id, in: path, required: true, schema: { type: string } }
      - { name: key, in: path, required: true, schema: { type: string } }
    get: ${operation("getKey")}
  /administration:
    get: ${operation("other")}
components:
  securitySchemes: { oauth: { type: oauth2, flows: { clientCredentials: { tokenUrl: "https://i.example/t", scopes: {} } } } }
`;
const HEAD = `authentication:
  oauth: { issuer: https://i.example/, audience: a, claims: { roles: [roles] } }
authorization: { roles: { one: {}, two: {}, three: {}, four: {}, five: {} } }
operations:
`;

/** The role that each operation asks for. */
async function asked(entries: string, document = DOCUMENT): Promise<Record<string, string>> {
  const { plans, api } = await composed(HEAD + entries, { document });
  const found: Record<string, string> = {};
  for (const { id } of api.operations) {
    const role = /one of the roles (\w+)/.exec((plans.get(id) ?? []).map(({ summary }) => summary).join("\n"))?.[1];
    if (role !== undefined) found[id] = role;
  }
  return found;
}

const asks = (selector: string, role: string) => `  ${selector}: { authorization: { roles: [${role}] } }\n`;

describe("an entry by path", () => {
  it("with /* means the path itself and all below it, and no path that only begins alike", async () => {
    expect(await asked(asks("/admin/*", "one"))).toEqual({
      admin: "one",
      getUser: "one",
      deleteUser: "one",
      getKey: "one",
    });
    expect(await asked(asks("/admin/users/{any}/*", "one"))).toEqual({ getKey: "one" });
    expect(Object.keys(await asked(asks("/*", "one")))).toHaveLength(5);
  });

  it("without method means all methods of it, with one only that", async () => {
    expect(await asked(asks("/admin/users/{id}", "one"))).toEqual({ getUser: "one", deleteUser: "one" });
    expect(await asked(asks("DELETE /admin/*", "one"))).toEqual({ deleteUser: "one" });
    expect(await asked(asks("DELETE /admin/users/{id}", "one"))).toEqual({ deleteUser: "one" });
  });

  it("counts with or without the base path of the servers", async () => {
    const document = DOCUMENT.replace("paths:", "servers: [{ url: /v1 }]\npaths:");
    for (const selector of ["/admin/users/*", "/v1/admin/users/*"]) {
      expect(await asked(asks(selector, "one"), document)).toEqual({
        getUser: "one",
        deleteUser: "one",
        getKey: "one",
      });
    }
  });

  it("yields to what is more precise, wherever it stands in the file", async () => {
    const entries = [
      asks("deleteUser", "five"),
      asks("/admin/users/{id}", "four"),
      asks("/admin/users/*", "three"),
      asks("/admin/*", "two"),
      asks("users", "one"),
    ];
    const expected = { admin: "two", getUser: "four", deleteUser: "five", getKey: "three" };
    expect(await asked(entries.join(""))).toEqual(expected);
    expect(await asked(entries.toReversed().join(""))).toEqual(expected);
  });

  it("that means nothing stops the start", async () => {
    const said = (selector: string) => complaints(HEAD + asks(selector, "one"), { document: DOCUMENT });
    for (const selector of ["/nothing/*", "POST /admin/*", "/admin/users", "/ADMIN/*", "/adm/*"]) {
      expect((await said(selector))[0]).toContain(`no operation of the document is "${selector}"`);
    }
  });
});

describe("a template that takes paths below, and stands elsewhere", () => {
  const crossing = DOCUMENT.replace(
    "  /administration:",
    `  /{section}/users/{id}/audit:
    parameters:
      - { name: section, in: path, required: true, schema: { type: string } }
      - { name: id, in: path, required: true, schema: { type: string } }
    get: ${operation("audit")}
  /administration:`,
  );

  it("is warned about: who wrote /admin/* would not expect it", async () => {
    const notices = async (entries: string) =>
      (await composed(HEAD + entries, { document: crossing })).notices
        .filter(({ rule }) => rule === "configuration.selector-crossed")
        .map(({ message }) => message);
    expect(await notices(asks("/admin/*", "one"))).toEqual([
      '"/admin/*" does not mean GET /{section}/users/{id}/audit, which takes paths there too',
    ]);
    expect(await notices(asks("DELETE /admin/*", "one"))).toEqual([]);
    expect(await notices(asks("/administration/*", "one"))).toHaveLength(1);
    expect(await notices(asks("/*", "one"))).toEqual([]);
  });
});
