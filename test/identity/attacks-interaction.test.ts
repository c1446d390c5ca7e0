// Attacks on who answers an interaction, and in whose browser (RFC 9700, OWASP ASVS). What may be asked for: attacks-authorization.test.ts.
import { randomBytes } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { DATABASES, serversOn } from "./databases.ts";
import { signUp } from "./flows.ts";
import { naiveServer } from "./naive-server.ts";
import { Person } from "./person.ts";
import { PASSWORD, REDIRECT, type Serving } from "./serving.ts";

const naive = naiveServer();

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);
  describe.skipIf(!servers.isHere)("whose browser it is", () => {
    let serving: Serving;

    beforeAll(async () => {
      ({ serving } = servers);
      await signUp(serving, "ann@example.com");
      await signUp(serving, "eve@example.com");
    });

    function authorizationUrl(): string {
      const asked = {
        client_id: "spa",
        response_type: "code",
        redirect_uri: REDIRECT,
        scope: "openid orders:read",
        code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        code_challenge_method: "S256",
      };
      return `${serving.issuer}/auth?${new URLSearchParams(asked).toString()}`;
    }

    it("A13 another browser cannot answer an interaction", async () => {
      const taken = await naive().post("/interaction/1/allow", { redirect_uri: "https://evil.example/" });
      expect(taken.headers.get("location")).toMatch(/^https:\/\/evil\.example\/\?code=/);
      const ann = new Person("https://app.example.com");
      const page = await ann.open(authorizationUrl());
      const eve = new Person("https://app.example.com");
      await eve.open(authorizationUrl());
      const stolen = await eve.submit(page, { email: "eve@example.com", password: PASSWORD });
      expect(stolen.status).toBe(400);
      expect((await eve.open(page.url)).status).toBe(400);
    });
    it("A15 a sign-in form sent by another site is refused", async () => {
      const evil = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
      expect((await naive().post("/sign-in", { email: "eve@example.com" }, evil)).headers.get("set-cookie")).toMatch(
        /^sid=/,
      );
      const person = new Person("https://app.example.com");
      const page = await person.open(authorizationUrl());
      const credentials = { email: "eve@example.com", password: PASSWORD };
      for (const fields of [
        { origin: "https://evil.example", "sec-fetch-site": "cross-site" },
        { origin: "null", "sec-fetch-site": "same-origin" },
        { origin: new URL(serving.issuer).origin, "sec-fetch-site": "same-site" },
      ]) {
        expect((await person.submit(page, credentials, fields)).status).toBe(403);
      }
      const forged = {
        ...page,
        text: page.text.replace(
          /name="token" value="[^"]+"/,
          `name="token" value="${randomBytes(32).toString("base64url")}"`,
        ),
      };
      expect((await person.submit(forged, credentials)).status).toBe(403);
    });
    it("A16 the session has another identifier after sign-in than before", async () => {
      const fixed = await naive().post("/sign-in", { email: "ann@example.com" }, { cookie: "sid=chosenByEve" });
      expect(fixed.headers.get("set-cookie")).toBe("sid=chosenByEve");
      const person = new Person("https://app.example.com");
      const page = await person.open(authorizationUrl());
      const before = person.cookies.get("portcullis-session")?.value;
      await person.submit(page, { email: "ann@example.com", password: PASSWORD });
      const after = person.cookies.get("portcullis-session")?.value;
      expect(after).toBeDefined();
      expect(after).not.toBe(before);
    });

    it("nothing of this was a fault of the server", () => expect(serving.failures).toEqual([]));
  });
});
