// Sign-ins under way in two tabs of one browser: each has a cookie of its own, by its path, and none ends the other.
import * as client from "openid-client";
import { expect, it } from "vitest";
import { openBrowser, WITHOUT_BROWSER } from "./browser.ts";
import { discover, signUp } from "./flows.ts";
import { declareClients, PASSWORD, REDIRECT, serveIdentity } from "./serving.ts";

it.skipIf(WITHOUT_BROWSER !== undefined)("two tabs sign in side by side, the first one last", async () => {
  const own = await serveIdentity(undefined, undefined, { host: "localhost" });
  await declareClients(own.identity);
  await signUp(own, "ann@example.com");
  const config = await discover(own, "spa");
  const urlOf = async (state: string) =>
    client.buildAuthorizationUrl(config, {
      redirect_uri: REDIRECT,
      scope: "openid",
      state,
      prompt: "login consent",
      code_challenge: await client.calculatePKCECodeChallenge(client.randomPKCECodeVerifier()),
      code_challenge_method: "S256",
    }).href;
  const visitor = await openBrowser(REDIRECT);
  const first = visitor.page;
  const second = await visitor.context.newPage();
  await first.goto(await urlOf("first"));
  await second.goto(await urlOf("second"));
  const names = (await visitor.context.cookies([first.url(), second.url()])).map(({ name, path }) => [name, path]);
  const paths = names.filter(([name]) => name === "portcullis-interaction").map(([, path]) => path);
  expect(new Set(paths)).toEqual(new Set([first, second].map((tab) => new URL(tab.url()).pathname)));
  for (const [tab, state] of [
    [second, "second"],
    [first, "first"],
  ] as const) {
    await tab.getByLabel("E-mail").fill("ann@example.com");
    await tab.getByLabel("Password").fill(PASSWORD);
    await tab.getByRole("button", { name: "Sign in", exact: true }).click();
    const sentBack = tab.waitForRequest((request) => request.url().startsWith(REDIRECT));
    await tab.getByRole("button", { name: "Allow" }).click();
    const back = new URL((await sentBack).url()).searchParams;
    expect([back.get("state"), back.get("error"), back.has("code")]).toEqual([state, null, true]);
  }
  await visitor.close();
  await own.close();
});
