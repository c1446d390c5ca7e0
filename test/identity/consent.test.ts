// What somebody is shown before they say yes: all that the client gets by it, also where it had it before (RFC 6749 10.2, RFC 8252 8.6).
import { beforeAll, describe, expect, it } from "vitest";
import { DATABASES, serversOn } from "./databases.ts";
import { signUp } from "./flows.ts";
import { type Page, Person } from "./person.ts";
import { requestUrl } from "./request-url.ts";
import { PASSWORD, type Serving } from "./serving.ts";

const DEVICE = "com.example.app:/callback";
const EMAIL = "ann@example.com";

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);
  describe.skipIf(!servers.isHere)("the page that asks for access", () => {
    let serving: Serving;

    beforeAll(async () => {
      ({ serving } = servers);
      await signUp(serving, EMAIL);
      const settings = { redirectUris: [DEVICE], postLogoutRedirectUris: [], scopes: ["openid", "orders:read"] };
      await serving.identity.clients.put({ id: "app", profile: "public", name: "App", settings, isDeclared: true });
    });

    async function allowed(person: Person, more: Record<string, string>): Promise<void> {
      const page = await person.open(requestUrl(serving, more));
      await person.submit(await person.submit(page, { email: EMAIL, password: PASSWORD }), { answer: "allow" });
    }
    const shown = ({ text }: Page) =>
      [...text.matchAll(/<li>[^<]*<code>([^<]+)<\/code><\/li>/g)].map(([, name]) => name);

    it("names what is asked for, and nothing that the client does not get", async () => {
      const person = new Person("https://app.example.com");
      const page = await person.open(requestUrl(serving, { scope: "openid orders:read identity:write nonsense" }));
      const consent = await person.submit(page, { email: EMAIL, password: PASSWORD });
      expect(shown(consent)).toEqual(["openid", "orders:read"]);
    });

    it("names what the client had before", async () => {
      const person = new Person("https://app.example.com");
      await allowed(person, { scope: "openid orders:read" });
      const again = await person.open(requestUrl(serving, { scope: "openid orders:read", prompt: "consent" }));
      expect(shown(again)).toEqual(["openid", "orders:read"]);
      const more = await person.open(requestUrl(serving, { scope: "openid orders:read orders:write" }));
      expect(shown(more)).toEqual(["openid", "orders:read", "orders:write"]);
      const less = await person.open(requestUrl(serving, { scope: "openid", prompt: "consent" }));
      expect(shown(less)).toEqual(["openid"]);
    });

    it("names it to whoever is asked by an application on a device that calls itself by a known name", async () => {
      const person = new Person("com.example.app:");
      const asked = { client_id: "app", redirect_uri: DEVICE, scope: "openid orders:read" };
      await allowed(person, asked);
      expect(shown(await person.open(requestUrl(serving, asked)))).toEqual(["openid", "orders:read"]);
    });
  });
});
