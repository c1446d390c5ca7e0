// Where people are led on by a form that sends itself: out of an application when they are signed out already, and in as somebody else.
import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBrowser, type Visitor, WITHOUT_BROWSER } from "./browser.ts";
import { DATABASES, serversOn } from "./databases.ts";
import { authorize, discover, redeem, signUp } from "./flows.ts";
import { declareClients, PASSWORD, REDIRECT, serveIdentity, type Serving } from "./serving.ts";

const HOME = "https://app.example.com/";

async function requestUrl(serving: Serving, more: Record<string, string> = {}) {
  const config = await discover(serving, "spa");
  const verifier = client.randomPKCECodeVerifier();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT,
    scope: "openid orders:read",
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    ...more,
  });
  return { config, verifier, url: url.href };
}

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);

  it.runIf(servers.isHere)("who signs in as somebody else where the application had access gets there", async () => {
    const { serving } = servers;
    await signUp(serving, "ann@example.com");
    await signUp(serving, "bob@example.com");
    const { person } = await authorize(await discover(serving, "spa"), "ann@example.com");
    const { config, verifier, url } = await requestUrl(serving, { prompt: "login" });
    const form = await person.submit(await person.open(url), { email: "bob@example.com", password: PASSWORD });
    expect(form.text).toContain("/session/end/confirm");
    const consent = await person.submit(form, {});
    expect(consent.text).toContain("bob@example.com");
    const { url: back } = await person.submit(consent, { answer: "allow" });
    const tokens = await client.authorizationCodeGrant(config, new URL(back), { pkceCodeVerifier: verifier });
    const account = await serving.identity.accountStore.byId(tokens.claims()?.sub ?? "");
    expect(account?.email).toBe("bob@example.com");
    expect(serving.failures).toEqual([]);
  });

  it.runIf(servers.isHere)("what was given to the one who was signed in before has ended with that", async () => {
    const { serving } = servers;
    const asked = await authorize(await discover(serving, "spa"), "ann@example.com");
    const config = await discover(serving, "spa");
    const { refresh_token: token = "" } = await redeem(config, asked);
    const { url } = await requestUrl(serving, { prompt: "login" });
    const { person } = asked;
    const form = await person.submit(await person.open(url), { email: "bob@example.com", password: PASSWORD });
    await person.submit(form, {});
    await expect(client.refreshTokenGrant(config, token)).rejects.toMatchObject({ error: "invalid_grant" });
  });
});

describe.skipIf(WITHOUT_BROWSER !== undefined)(`in Chromium (${WITHOUT_BROWSER ?? "installed"})`, () => {
  let serving: Serving;
  let visitor: Visitor;

  beforeAll(async () => {
    serving = await serveIdentity(undefined, undefined, { host: "localhost" });
    await declareClients(serving.identity);
    await signUp(serving, "ann@example.com");
    await signUp(serving, "bob@example.com");
    visitor = await openBrowser(REDIRECT);
  });
  afterAll(async () => {
    await visitor?.close();
    await serving?.close();
  });

  async function signIn(email: string) {
    const { page } = visitor;
    await page.getByLabel("E-mail").fill(email);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
  }

  it("who is signed out already sees that it is so", async () => {
    const { page } = visitor;
    await page.goto(`${serving.issuer}/session/end`, { waitUntil: "commit" });
    await page.getByRole("heading", { name: "You are signed out" }).waitFor();
    expect(page.url()).toBe(`${serving.issuer}/session/end/success`);
  });

  it("who is signed in signs in as somebody else", async () => {
    const { page } = visitor;
    await page.goto((await requestUrl(serving)).url);
    await signIn("ann@example.com");
    await page.getByRole("button", { name: "Allow" }).click();
    await page.waitForURL(`${REDIRECT}**`);
    await page.goto((await requestUrl(serving, { prompt: "login" })).url);
    await signIn("bob@example.com");
    await page.getByText("bob@example.com").waitFor();
    await page.getByRole("button", { name: "Allow" }).click();
    await page.waitForURL(`${REDIRECT}**`);
    expect(new URL(page.url()).searchParams.get("error")).toBeNull();
  });

  it("who is signed out already and signs out in an application gets back to it", async () => {
    const { page, context } = visitor;
    await context.clearCookies();
    const asked = new URLSearchParams({ client_id: "spa", post_logout_redirect_uri: HOME, state: "x" });
    const back = page.waitForRequest(`${HOME}?state=x`);
    await page.goto(`${serving.issuer}/session/end?${asked.toString()}`, { waitUntil: "commit" });
    expect((await back).method()).toBe("GET");
  });

  it("the browser complained of nothing, and the server had no fault", () => {
    expect(visitor.complaints).toEqual([]);
    expect(serving.failures).toEqual([]);
  });
});
