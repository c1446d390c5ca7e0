// Guards `portcullis identity role …`: names for several roles of the configuration, made and given by whoever has the machine.
import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { DOCUMENT } from "../configuration/composing.ts";
import { folderWith } from "../configuration/folder.ts";
import { run } from "./running.ts";

const env = { IDENTITY_SECRET: randomBytes(32).toString("base64") };
const WRITTEN = `openapi: api.yaml
authentication:
  oauth: { issuer: built-in }
authorization: { roles: { support: {}, customer: {} } }
identity:
  secrets: ["\${IDENTITY_SECRET}"]
  mail: { folder: mail }
`;

it("keeps names for several roles: made, given, changed, removed; what is not declared is said", async () => {
  const cwd = folderWith({ "portcullis.yaml": WRITTEN, "api.yaml": DOCUMENT });
  const ask = (...args: string[]) => run(["identity", ...args], { cwd, env });
  expect((await ask("role", "add", "clerk", "--role", "support", "--role", "customer")).out).toBe(
    "clerk: includes customer, support\n",
  );
  await run(["identity", "user", "add", "ann@example.com", "--password-stdin"], {
    cwd,
    env,
    input: "correct horse battery",
  });
  expect((await ask("user", "grant", "ann@example.com", "clerk")).out).toContain("has the role clerk");
  expect((await ask("role", "change", "clerk", "--role", "customer", "--json")).out).toContain(
    '"includes":["customer"]',
  );
  const listed = (await ask("role", "list")).out;
  expect(listed).toMatch(/clerk +customer +administrators/);
  expect(listed).toMatch(/support +configuration/);
  expect((await ask("user", "list", "--role", "clerk")).out).toMatch(/ann@example\.com .*clerk/);
  const wrong = await ask("role", "add", "boss", "--role", "suport");
  expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining("suport is no role of the configuration")]);
  expect((await ask("role", "remove", "support")).err).toContain("authorization.roles");
  expect((await ask("role", "remove", "clerk")).out).toBe("clerk: removed\n");
  expect((await ask("user", "list")).out).not.toContain("clerk");
});
