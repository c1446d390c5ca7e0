// A NUL in whatever is sent: PostgreSQL holds none, and refuses the query. Whoever sends it is told so; it is no fault of the server's (CWE-158).
import { beforeAll, describe, expect, it } from "vitest";
import { ADMINISTRATOR_ROLE } from "../../src/identity/roles/role-store.ts";
import { DATABASES, serversOn } from "./databases.ts";
import { askForTokens, signUp } from "./flows.ts";
import { type Page, Person } from "./person.ts";
import { REQUEST } from "./request-url.ts";
import { PASSWORD, REDIRECT, type Serving } from "./serving.ts";

const NUL = "a\0b";
const ASKED_FOR = { ...REQUEST, client_id: NUL };
const text = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const ASSERTION = {
  grant_type: "client_credentials",
  client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
  client_assertion: `${text({ alg: "ES256" })}.${text({ iss: NUL, sub: NUL })}.AA`,
};

const query = (fields: Record<string, string>) => new URLSearchParams(fields).toString();
const form = (fields: Record<string, string>) => ({ method: "POST", body: new URLSearchParams(fields) });
const json = (value: unknown) => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value),
});

const ASKED: readonly { readonly name: string; readonly path: string; readonly init?: RequestInit }[] = [
  { name: "the authorization endpoint", path: `/auth?${query(ASKED_FOR)}` },
  {
    name: "a code",
    path: "/token",
    init: form({ grant_type: "authorization_code", client_id: NUL, code: "x", redirect_uri: REDIRECT }),
  },
  { name: "an assertion", path: "/token", init: form(ASSERTION) },
  { name: "a revocation", path: "/token/revocation", init: form({ client_id: NUL, token: "x" }) },
  { name: "introspection", path: "/token/introspection", init: form({ client_id: NUL, token: "x" }) },
  { name: "a request pushed beforehand", path: "/request", init: form(ASKED_FOR) },
  { name: "the end of a session", path: `/session/end?${query({ client_id: NUL })}` },
  { name: "what follows a sign-out", path: `/session/end/success?${query({ client_id: NUL })}` },
  { name: "the page of sign-up", path: `/register?${query({ client: NUL })}` },
  { name: "the page for a new password", path: `/forgotten?${query({ client: NUL })}` },
  {
    name: "signing up by JSON",
    path: "/api/register",
    init: json({ email: "bob@example.com", password: PASSWORD, client: NUL }),
  },
];

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);
  describe.skipIf(!servers.isHere)("a NUL in", () => {
    let serving: Serving;
    let person: Person;
    let account: Page;

    beforeAll(async () => {
      ({ serving } = servers);
      await signUp(serving, "ann@example.com");
      person = new Person("https://app.example.com");
      const page = await person.open(`${serving.issuer}/account`);
      account = await person.submit(page, { email: "ann@example.com", password: PASSWORD });
    });

    it.runIf(kind === "postgresql")("a query ends it, whatever it asks", async () => {
      const { accountStore } = serving.identity;
      await expect(accountStore.byId(NUL)).rejects.toMatchObject({ cause: { code: "22021" } });
    });

    it.each(ASKED)("$name is refused, and no fault", async ({ path, init }) => {
      const answer = await fetch(`${serving.issuer}${path}`, { redirect: "manual", ...init });
      expect(answer.status).toBeLessThan(500);
      expect(serving.failures).toEqual([]);
    });

    it.each([
      ["/end-session", "session"],
      ["/remove", "factor"],
      ["/withdraw", "client"],
    ])("a form of the account page, %s, is refused, and no fault", async (to, field) => {
      const shown = { ...account, text: account.text.replace(/\/account\/sign-out"/, `/account${to}"`) };
      const answer = await person.submit(shown, { [field]: NUL }, {}, to);
      expect(answer.status).toBeLessThan(500);
      expect(serving.failures).toEqual([]);
    });

    it.each([`/users/%00`, `/users?search=%00`, `/clients/%00`, `/roles/%00`, `/changes?target=%00`])(
      "%s of the administration is refused, and no fault",
      async (path) => {
        const { clients } = serving.identity;
        const settings = {
          redirectUris: [],
          postLogoutRedirectUris: [],
          scopes: ["identity:read"],
          roles: [ADMINISTRATOR_ROLE],
        };
        await clients.put({ id: "robot", profile: "machine", name: "Robot", settings, isDeclared: true });
        const { body } = await askForTokens(serving, {
          grant_type: "client_credentials",
          client_id: "robot",
          client_secret: (await clients.addSecret("robot")) as string,
          resource: `${serving.issuer}/admin/v1`,
          scope: "identity:read",
        });
        const headers = { authorization: `Bearer ${String(body["access_token"])}` };
        const answer = await fetch(`${serving.issuer}/admin/v1${path}`, { headers });
        expect(answer.status).toBeLessThan(500);
        expect(answer.status).not.toBe(401);
        expect(serving.failures).toEqual([]);
      },
    );
  });
});
