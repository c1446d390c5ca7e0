// Attacks on the authorization endpoint and its pages (RFC 6749, 7636, 9700, 9207, 9126).
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import * as client from "openid-client";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { DATABASES, serversOn } from "./databases.ts";
import { askForTokens, authorize, discover, signUp } from "./flows.ts";
import { naiveServer } from "./naive-server.ts";
import { Person } from "./person.ts";
import { PASSWORD, REDIRECT, type Serving } from "./serving.ts";

const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const GOOD = {
  client_id: "spa",
  response_type: "code",
  redirect_uri: REDIRECT,
  scope: "openid orders:read",
  code_challenge: CHALLENGE,
  code_challenge_method: "S256",
  state: "s",
};

/** Of what a code or a token is sent by. */
const GIVEN = /[?#&](code|access_token)=/;

const naive = naiveServer();

type Change = Readonly<Record<string, string | undefined>>;

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);
  describe.skipIf(!servers.isHere)("the authorization endpoint", () => {
    let serving: Serving;

    beforeAll(async () => {
      ({ serving } = servers);
      await signUp(serving, "ann@example.com");
    });

    function authorizationUrl(change: Change = {}): string {
      const entries = Object.entries({ ...GOOD, ...change }).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      );
      return `${serving.issuer}/auth?${new URLSearchParams(entries).toString()}`;
    }

    async function ask(
      url: string,
    ): Promise<{ status: number; location: string | null; text: string; headers: Headers }> {
      const answer = await fetch(url, { redirect: "manual" });
      const { status, headers } = answer;
      return { status, location: headers.get("location"), text: await answer.text(), headers };
    }

    /** What nothing guards gives a code or a token for it, and to the address that stands in it. */
    async function worksUnguarded(url: string): Promise<void> {
      const location = await naive().sends(url);
      expect(location).toMatch(GIVEN);
      expect(location.startsWith(new URL(url).searchParams.getAll("redirect_uri").at(-1) ?? REDIRECT)).toBe(true);
    }

    /** An error on a page of ours: nobody is sent anywhere. */
    async function isShown(url: string): Promise<void> {
      await worksUnguarded(url);
      const { status, location, text } = await ask(url);
      expect([status, location]).toEqual([400, null]);
      expect(text).toContain("That did not work");
    }

    /** The client is told, at its own address, with `iss` and `state`. */
    async function isToldClient(url: string, error: string): Promise<void> {
      await worksUnguarded(url);
      const { location } = await ask(url);
      const back = new URL(location ?? "about:blank");
      expect(back.origin + back.pathname).toBe(REDIRECT);
      expect(Object.fromEntries(back.searchParams)).toMatchObject({ error, iss: serving.issuer, state: "s" });
      expect(back.searchParams.has("code")).toBe(false);
    }

    it("a good request leads to the sign-in page", async () => {
      const { status, location } = await ask(authorizationUrl());
      expect([status, location?.startsWith("/identity/interaction/")]).toEqual([303, true]);
    });

    describe("redirect URIs", () => {
      it("A01 an unregistered one is an error page", () =>
        isShown(authorizationUrl({ redirect_uri: "https://evil.example/" })));
      it.each([
        `${REDIRECT}/more`,
        REDIRECT.slice(0, -1),
        "https://app.example.com/callback/../evil",
        "https://app.example.com/Callback",
        "https://APP.example.com/callback",
        `${REDIRECT}/`,
        `${REDIRECT}?extra=1`,
        `${REDIRECT}#fragment`,
        "https://user@app.example.com/callback",
        "https://app.example.com/x/%2e%2e/callback",
        "https://app.example.com:443/callback",
        "http://app.example.com/callback",
      ])("A02 %s is not the registered one", (uri) => isShown(authorizationUrl({ redirect_uri: uri })));
      it("A03 none at all is an error page, also where one is registered", () =>
        isShown(authorizationUrl({ redirect_uri: undefined })));
      it.each(["javascript:alert(1)", "data:text/html,x"])("A04 %s cannot be registered", async (uri) => {
        const settings = { redirectUris: [uri], postLogoutRedirectUris: [], scopes: ["openid"] };
        await serving.identity.clients.put({ id: "odd", profile: "public", name: "Odd", settings, isDeclared: true });
        await isShown(authorizationUrl({ client_id: "odd", redirect_uri: uri }));
        await serving.identity.clients.remove("odd");
      });
    });

    describe("PKCE and parameters", () => {
      it.each(["spa", "backend"])("A05 %s without a challenge is refused", (id) =>
        isToldClient(
          authorizationUrl({ client_id: id, code_challenge: undefined, code_challenge_method: undefined }),
          "invalid_request",
        ),
      );
      it.each(["plain", undefined, "s256"])("A06 method %s is refused", (method) =>
        isToldClient(authorizationUrl({ code_challenge_method: method }), "invalid_request"),
      );
      it.each(["short", "x".repeat(129), `${CHALLENGE.slice(1)}+`, `${CHALLENGE}=`])(
        "A07 challenge %s is refused",
        (text) => isToldClient(authorizationUrl({ code_challenge: text }), "invalid_request"),
      );
      it.each(["token", "id_token", "code token", "none", "odd"])("A08 response_type %s is refused", async (type) => {
        await worksUnguarded(authorizationUrl({ response_type: type }));
        const { location } = await ask(authorizationUrl({ response_type: type }));
        expect(location).toMatch(/[?#&]error=unsupported_response_type/);
        expect(location).not.toContain("access_token");
      });
      it("A14 response_mode=form_post is refused, and told by a redirect", () =>
        isToldClient(authorizationUrl({ response_mode: "form_post" }), "unsupported_response_mode"));
      it("A14 response_mode=form_post is not pushed or posted either", async () => {
        expect((await naive().post("/request", { ...GOOD, response_mode: "form_post" })).status).toBe(201);
        const body = () => new URLSearchParams({ ...GOOD, response_mode: "form_post" });
        const pushed = await fetch(`${serving.issuer}/request`, { method: "POST", body: body() });
        expect([pushed.status, ((await pushed.json()) as { error: string }).error]).toEqual([400, "invalid_request"]);
        const posted = await fetch(`${serving.issuer}/auth`, { method: "POST", body: body() });
        expect(posted.status).toBe(404);
      });
      it.each(["query", "fragment"])("response_mode=%s leads to the sign-in page", async (mode) => {
        expect((await ask(authorizationUrl({ response_mode: mode }))).location).toContain("/interaction/");
      });
      it("A08 no response_type is refused", () =>
        isToldClient(authorizationUrl({ response_type: undefined }), "invalid_request"));
      it.each(["client_id", "redirect_uri", "scope", "state", "code_challenge"])(
        "A09 %s twice is refused",
        async (name) => {
          // Read as the last one there, as the first one elsewhere: two readers, two meanings.
          await worksUnguarded(`${authorizationUrl()}&${name}=${encodeURIComponent("x")}`);
          const { location, status } = await ask(`${authorizationUrl()}&${name}=${encodeURIComponent("x")}`);
          expect(status === 400 || location?.includes("error=invalid_request")).toBe(true);
          expect(location ?? "").not.toContain("/interaction/");
        },
      );
      it("A11 prompt=none without a session tells the client", () =>
        isToldClient(authorizationUrl({ prompt: "none" }), "login_required"));
      it("A12 a scope that nobody knows is not given", async () => {
        const wished = await askForTokens(naive(), await naive().codeForm({ scope: "openid admin:all" }));
        expect(wished.body["scope"]).toContain("admin:all");
        const config = await discover(serving, "spa");
        const { pages } = await authorize(config, "ann@example.com", { scope: "openid orders:read admin:all" });
        expect(pages.consent).not.toContain("admin:all");
      });
      it("A12 a resource that nobody knows is refused", () =>
        isToldClient(authorizationUrl({ resource: "https://other.example.com" }), "invalid_target"));
      it("A12 a scope of 20 KB starts nothing", async () => {
        await worksUnguarded(authorizationUrl({ scope: "x".repeat(20_000) }));
        const { status, location } = await ask(authorizationUrl({ scope: "x".repeat(20_000) }));
        expect(status).toBeGreaterThanOrEqual(400);
        expect(location).toBeNull();
      });
      it("A19 a URL of 64 KB is refused before anything reads it", async () => {
        await worksUnguarded(authorizationUrl({ nonce: "x".repeat(64_000) }));
        const { status } = await ask(authorizationUrl({ nonce: "x".repeat(64_000) }));
        expect(status).toBe(431);
      });
    });

    describe("answers", () => {
      it("A10 A19 iss is exact on success, and state comes back byte for byte", async () => {
        const config = await discover(serving, "spa");
        const state = "ü &=+%25\u{1f511}";
        // Without it an application that knows two servers cannot tell whose code it got (mix-up).
        expect(await naive().sends(authorizationUrl({ state }))).not.toContain("iss=");
        const { back } = await authorize(config, "ann@example.com", { more: { state, nonce: "n+/= " } });
        expect(back.searchParams.get("iss")).toBe(serving.issuer);
        expect(back.searchParams.get("state")).toBe(state);
      });
      it("A10 iss is exact on an error", () => isToldClient(authorizationUrl({ prompt: "none" }), "login_required"));
      it("A14 pages are not framed, cached or told to others, and names are escaped", async () => {
        const plain = await fetch(`${naive().issuer}/sign-in?client=The%20<app>`);
        expect(await plain.text()).toContain("The <app>");
        for (const name of ["content-security-policy", "x-frame-options", "cache-control"]) {
          expect(plain.headers.get(name)).toBeNull();
        }
        const person = new Person("https://app.example.com");
        const { headers, text } = await person.open(authorizationUrl());
        expect(headers.get("content-security-policy")).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
        expect(headers.get("x-frame-options")).toBe("DENY");
        expect(headers.get("referrer-policy")).toBe("same-origin");
        expect(headers.get("cache-control")).toContain("no-store");
        const style = /<style>([^<]*)<\/style>/.exec(text)?.[1] ?? "";
        const hash = createHash("sha256").update(style).digest("base64");
        expect(headers.get("content-security-policy")).toContain(`style-src 'sha256-${hash}'`);
        expect(text).toContain("The &lt;app&gt;");
        expect(text).not.toContain("The <app>");
      });
      it.each(["/verify?token=x", "/account", "/interaction/none-of-ours-at-all"])(
        "HEAD %s is answered as GET is, and without the page: mail programs look at links so",
        async (path) => {
          const [head, get] = await Promise.all(
            ["HEAD", "GET"].map((method) => fetch(`${serving.issuer}${path}`, { method, redirect: "manual" })),
          );
          const told = ({ status, headers }: Response) => [status, headers.get("content-type")];
          expect(told(head as Response)).toEqual(told(get as Response));
          expect(await head?.text()).toBe("");
        },
      );
      it("A18 what follows a form is a GET", async () => {
        // A browser sends the password once more, to wherever that leads.
        expect((await naive().post("/sign-in", { email: "ann@example.com", password: PASSWORD })).status).toBe(307);
        const person = new Person("https://app.example.com");
        const page = await person.open(authorizationUrl());
        const uid = /interaction\/([\w-]+)\/sign-in/.exec(page.text)?.[1] as string;
        const token = /name="token" value="([^"]+)"/.exec(page.text)?.[1] as string;
        const cookie = [...person.cookies].map(([name, { value }]) => `${name}=${value}`).join("; ");
        const answer = await fetch(`${serving.issuer}/interaction/${uid}/sign-in`, {
          method: "POST",
          redirect: "manual",
          headers: { cookie, origin: new URL(serving.issuer).origin, "sec-fetch-site": "same-origin" },
          body: new URLSearchParams({ token, email: "ann@example.com", password: PASSWORD }),
        });
        expect(answer.status).toBe(303);
      });
      it("A17 a request_uri of somebody else's address is fetched by nobody", async () => {
        let fetched = 0;
        const evil = createServer((_request, response) => {
          fetched += 1;
          response.end(JSON.stringify({ redirect_uri: "https://evil.example/" }));
        }).listen(0, "127.0.0.1");
        await once(evil, "listening");
        onTestFinished(() => void evil.close());
        const request_uri = `http://127.0.0.1:${(evil.address() as AddressInfo).port}/request.jwt`;
        const asked = authorizationUrl({ request_uri, redirect_uri: undefined });
        expect([await naive().sends(asked), fetched]).toEqual([
          expect.stringMatching(/^https:\/\/evil\.example\/\?code=/),
          1,
        ]);
        const { location, status } = await ask(asked);
        expect(fetched).toBe(1);
        expect(status === 400 || (location ?? "").includes("error=")).toBe(true);
      });
      it("A17 a pushed request is used once, and by its own client", async () => {
        const push = async () => {
          const answer = await fetch(`${serving.issuer}/request`, { method: "POST", body: new URLSearchParams(GOOD) });
          return String(((await answer.json()) as Record<string, unknown>)["request_uri"]);
        };
        const url = (id: string, uri: string) =>
          `${serving.issuer}/auth?${new URLSearchParams({ client_id: id, request_uri: uri }).toString()}`;
        const pushed = (await (await naive().post("/request", GOOD)).json()) as { request_uri: string };
        const another = `http://x/?${new URLSearchParams({ client_id: "backend", ...pushed }).toString()}`;
        for (let i = 0; i < 2; i += 1) expect(await naive().sends(another)).toMatch(GIVEN);
        const own = await push();
        expect((await ask(url("spa", own))).location).toContain("/interaction/");
        const other = await ask(url("backend", await push()));
        expect(other.location ?? "").not.toContain("/interaction/");
      });
    });

    it("nothing of this was a fault of the server", () => expect(serving.failures).toEqual([]));
    it("a client library agrees with the metadata", async () => {
      const metadata = (await discover(serving, "spa")).serverMetadata();
      expect(metadata).toMatchObject({
        issuer: serving.issuer,
        response_types_supported: ["code"],
        response_modes_supported: ["query", "fragment"],
        code_challenge_methods_supported: ["S256"],
        authorization_response_iss_parameter_supported: true,
      });
      expect(client.randomState()).not.toBe("");
    });
  });
});
