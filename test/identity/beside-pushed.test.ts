// What stands in the browser's address beside a request that was pushed: the client pushed what it wants, and the browser adds nothing to it (RFC 9126 4).
import { beforeAll, describe, expect, it } from "vitest";
import { DATABASES, serversOn } from "./databases.ts";
import { signUp } from "./flows.ts";
import { Person } from "./person.ts";
import { PASSWORD, REDIRECT, type Serving } from "./serving.ts";

const EMAIL = "ann@example.com";
const ELSEWHERE = "https://app.example.com/elsewhere";

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);
  describe.skipIf(!servers.isHere)("A17 beside a pushed request", () => {
    let serving: Serving;

    beforeAll(async () => {
      ({ serving } = servers);
      await signUp(serving, EMAIL);
      const client = await serving.identity.clients.find("spa");
      if (client === undefined) throw new Error("spa is declared");
      const settings = { ...client.settings, redirectUris: [REDIRECT, ELSEWHERE] };
      await serving.identity.clients.put({ ...client, settings });
    });

    it.each([
      ["redirect_uri", ELSEWHERE],
      ["scope", "openid orders:write"],
      ["state", "another"],
      ["code_challenge", "a".repeat(43)],
      ["prompt", "none"],
      ["resource", "https://elsewhere.example"],
      ["response_mode", "fragment"],
      ["response_mode", "form_post"],
    ])("%s=%s changes nothing of it", async (name, value) => {
      const body = new URLSearchParams({
        client_id: "spa",
        response_type: "code",
        redirect_uri: REDIRECT,
        scope: "openid orders:read",
        state: "pushed",
        code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        code_challenge_method: "S256",
      });
      const answer = await fetch(`${serving.issuer}/request`, { method: "POST", body });
      const { request_uri } = (await answer.json()) as { request_uri: string };
      const beside = new URLSearchParams({ client_id: "spa", request_uri, [name]: value });
      const person = new Person("https://app.example.com");
      const page = await person.open(`${serving.issuer}/auth?${beside.toString()}`);
      const consent = await person.submit(page, { email: EMAIL, password: PASSWORD });
      expect(consent.text).not.toContain("orders:write");
      const back = new URL((await person.submit(consent, { answer: "allow" })).url);
      expect([`${back.origin}${back.pathname}`, back.searchParams.get("state"), back.searchParams.has("code")]).toEqual(
        [REDIRECT, "pushed", true],
      );
    });
  });
});
