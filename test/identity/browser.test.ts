// The pages as shipped, in a real browser: sign-up to consent, an app and a passkey added, and signed in with each.
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { barriersOf } from "./accessibility.ts";
import { openBrowser, type Visitor, WITHOUT_BROWSER } from "./browser.ts";
import { discover } from "./flows.ts";
import { Holder } from "./holder.ts";
import { declareClients, PASSWORD, REDIRECT, serveIdentity, type Serving } from "./serving.ts";

/** A folder for pictures of every page, for whoever wants to look at them. */
const PICTURES = process.env["PICTURES"];
const EMAIL = "ann@example.com";

describe.skipIf(WITHOUT_BROWSER !== undefined)(`in Chromium (${WITHOUT_BROWSER ?? "installed"})`, () => {
  const time = { aheadMs: 0 };
  const clock = { ...systemClock, nowMs: () => systemClock.nowMs() + time.aheadMs };
  let serving: Serving;
  let visitor: Visitor;
  let holder: Holder;

  beforeAll(async () => {
    serving = await serveIdentity(undefined, clock, { host: "localhost" });
    await declareClients(serving.identity);
    holder = new Holder(serving, EMAIL);
    visitor = await openBrowser(REDIRECT, process.env["LOOK"] === "dark" ? "dark" : "light");
    if (PICTURES !== undefined) mkdirSync(PICTURES, { recursive: true });
  });
  afterAll(async () => {
    await visitor?.close();
    await serving?.close();
  });

  let pictures = 0;
  const picture = async (name: string) => {
    if (PICTURES === undefined) return;
    const file = `${String((pictures += 1)).padStart(2, "0")}-${name}.png`;
    await visitor.page.screenshot({ path: path.join(PICTURES, file), fullPage: true });
  };
  const press = (name: string) => visitor.page.getByRole("button", { name, exact: true }).click();
  const barriers: string[] = [];
  const seen = new Set<string>();
  /** Each page that comes is looked at once for what would keep anybody out. */
  const heading = async (name: string) => {
    await visitor.page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
    if (seen.has(name)) return;
    seen.add(name);
    barriers.push(...(await barriersOf(visitor.page)).map((barrier) => `${name}: ${barrier}`));
  };

  /** An application sends its user here. */
  async function begin(more: Record<string, string> = {}) {
    const config = await discover(serving, "spa");
    const verifier = client.randomPKCECodeVerifier();
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: REDIRECT,
      scope: "openid orders:read",
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      ...more,
    });
    await visitor.page.goto(url.href);
    return async () => {
      // Who signed out gave back what was allowed.
      await heading("The <app> asks for access");
      await press("Allow");
      await visitor.page.waitForURL(`${REDIRECT}**`);
      const back = new URL(visitor.page.url());
      const tokens = await client.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier });
      return tokens.claims();
    };
  }

  async function typePassword() {
    await heading("Sign in to The <app>");
    await visitor.page.getByLabel("E-mail").fill(EMAIL);
    await visitor.page.getByLabel("Password").fill(PASSWORD);
    await press("Sign in");
  }

  async function signOut() {
    await visitor.page.goto(`${serving.issuer}/session/end`);
    await heading("Sign out?");
    await picture("sign-out");
    await press("Sign out");
    await heading("You are signed out");
  }

  it("signs up on the way from an application, confirms the address, and finds the way back", async () => {
    const { page } = visitor;
    await begin();
    await heading("Sign in to The <app>");
    await page.getByRole("link", { name: "Make an account" }).click();
    await heading("Make an account");
    await page.getByLabel("E-mail").fill(EMAIL);
    await page.getByLabel("Password").fill(PASSWORD);
    await picture("register");
    await press("Make the account");
    await heading("Look into your mail");
    const link = /http\S+\/verify\?token=\S+/.exec(serving.mails.at(-1)?.text ?? "")?.[0] as string;
    await page.goto(link);
    await press("Confirm");
    await heading("Your address is confirmed");
    expect(await page.title()).toBe("Your address is confirmed – Orders");
    await picture("confirmed");
    await page.getByRole("link", { name: "Go on to The <app>" }).click();
    await page.waitForURL("https://app.example.com/");
  });

  it("signs in with a password, and consents", async () => {
    const done = await begin();
    await picture("sign-in");
    await typePassword();
    await heading("The <app> asks for access");
    await picture("consent");
    expect(await done()).toMatchObject({ acr: "pwd", amr: ["pwd"] });
  });

  it("adds an app, and is shown recovery codes", async () => {
    const { page } = visitor;
    await page.goto(`${serving.issuer}/account`);
    await heading("Your account");
    await picture("account");
    await page.getByRole("link", { name: "Add an authenticator app" }).click();
    await heading("Add an authenticator app");
    await picture("add-app");
    holder.readSecret(await page.content());
    await page.getByLabel("What you call it").fill("Ann's phone");
    await page.getByLabel("Code that the app shows now").fill(holder.code());
    await press("Add the app");
    await heading("Your recovery codes");
    await picture("recovery-codes");
    expect(await page.getByRole("listitem").count()).toBe(10);
    await page.getByRole("link", { name: "I have kept them" }).click();
    await heading("Your account");
  });

  it("adds a passkey", async () => {
    const { page } = visitor;
    await page.getByRole("link", { name: "Add a passkey" }).click();
    await heading("Add a passkey");
    await page.getByLabel("What you call it").fill("This laptop");
    await picture("add-passkey");
    await press("Add the passkey");
    await heading("Your account");
    await page.getByText("The second factor is added.").waitFor();
    await picture("account-with-factors");
    const names = (await serving.identity.factors.list(await holder.accountId())).map(({ name }) => name);
    expect(names.sort()).toEqual(["Ann's phone", "This laptop"]);
  });

  it("signs out, and in again with the password and a code", async () => {
    await signOut();
    const done = await begin();
    await typePassword();
    await heading("One more step");
    await picture("second-factor");
    await visitor.page.getByLabel("Code").fill("000000");
    await press("Continue");
    await visitor.page.getByRole("alert").waitFor();
    await picture("second-factor-wrong");
    time.aheadMs += 30_000;
    await visitor.page.getByLabel("Code").fill(holder.code());
    await press("Continue");
    expect(await done()).toMatchObject({ acr: "mfa", amr: ["pwd", "otp", "mfa"] });
  });

  it("signs out, and in again with the password and the passkey", async () => {
    await signOut();
    const done = await begin();
    await typePassword();
    await heading("One more step");
    await press("Use a passkey");
    expect(await done()).toMatchObject({ acr: "mfa", amr: ["pwd", "hwk", "mfa"] });
  });

  it("signs out, and in again with the passkey alone", async () => {
    await signOut();
    const done = await begin();
    await heading("Sign in to The <app>");
    await press("Sign in with a passkey");
    expect(await done()).toMatchObject({ acr: "mfa", amr: ["hwk", "mfa"] });
  });

  it("removes the passkey, changes the password, and signs out everywhere", async () => {
    const { page } = visitor;
    await page.goto(`${serving.issuer}/account`);
    await press("Remove This laptop");
    await page.getByText("The second factor is removed.").waitFor();
    await page.getByRole("link", { name: "Another password" }).click();
    await heading("Choose another password");
    await page.getByLabel("Password until now").fill(PASSWORD);
    await page.getByLabel("New password").fill("a brand new sentence");
    await picture("change-password");
    await press("Change the password");
    await page.getByText("Your password is changed.").waitFor();
    await press("Sign out everywhere");
    await heading("You are signed out everywhere");
    await page.goto(`${serving.issuer}/account`);
    await heading("Sign in to your account");
    expect((await serving.identity.factors.list(await holder.accountId())).map(({ name }) => name)).toEqual([
      "Ann's phone",
    ]);
  });

  it("sees where it is signed in and what has access, withdraws one and signs out another", async () => {
    const { page } = visitor;
    const done = await begin();
    await heading("Sign in to The <app>");
    await page.getByLabel("E-mail").fill(EMAIL);
    await page.getByLabel("Password").fill("a brand new sentence");
    await press("Sign in");
    time.aheadMs += 30_000;
    await page.getByLabel("Code").fill(holder.code());
    await press("Continue");
    await done();
    const other = new Holder(serving, EMAIL);
    other.secret = holder.secret;
    const step = await other.typePassword((await other.ask()).page, "a brand new sentence");
    time.aheadMs += 30_000;
    await other.typeCode(step, other.code());
    await page.goto(`${serving.issuer}/account`);
    await heading("Your account");
    const sessions = page.getByRole("list", { name: "Where you are signed in" }).getByRole("listitem");
    expect(await sessions.count()).toBe(2);
    expect(await sessions.filter({ hasText: "(this one)" }).innerText()).toContain("Chrome on Linux (this one)");
    await picture("account-with-access");
    await page.getByRole("button", { name: "Sign out A browser" }).click();
    await page.getByText("That session has ended.").waitFor();
    expect(await sessions.count()).toBe(1);
    await press("Withdraw the access of The <app>");
    await page.getByText("The application has no access any more.").waitFor();
  });

  it("changes the address, by the link that the new one gets", async () => {
    const { page } = visitor;
    await page.getByRole("link", { name: "Another e-mail address" }).click();
    await heading("Another e-mail address");
    await page.getByLabel("New e-mail").fill("ann@new.example");
    await page.getByLabel("Password").fill("a wrong sentence");
    await press("Send the link");
    await page.getByRole("alert").waitFor();
    await picture("change-address-wrong");
    await page.getByLabel("Password").fill("a brand new sentence");
    await press("Send the link");
    await heading("Look into your mail");
    const mail = serving.mails.findLast(({ to }) => to === "ann@new.example");
    await page.goto(/http\S+\/confirm\?token=\S+/.exec(mail?.text ?? "")?.[0] as string);
    await heading("Confirm your new address");
    await picture("confirm-address");
    await press("Confirm the new address");
    await page.getByText("Your e-mail address is changed.").waitFor();
    expect(await page.getByText("ann@new.example").count()).toBe(1);
  });

  it("downloads all that is stored, and deletes the account", async () => {
    const { page } = visitor;
    const [file] = await Promise.all([page.waitForEvent("download"), press("Download your data")]);
    expect(file.suggestedFilename()).toBe("account.json");
    const data = JSON.parse(readFileSync(await file.path(), "utf8")) as { account: { email: string } };
    expect(data.account.email).toBe("ann@new.example");
    await page.getByRole("link", { name: "Delete your account" }).click();
    await heading("Delete your account");
    await page.getByLabel("Your e-mail address, to confirm").fill("ann@new.example");
    await page.getByLabel("Password").fill("a brand new sentence");
    await picture("delete");
    await press("Delete the account");
    await heading("Your account is deleted");
    await picture("deleted");
    await page.goto(`${serving.issuer}/account`);
    await heading("Sign in to your account");
  });

  it("no page kept anybody out: labels, landmarks, headings, contrast, keyboard, narrow windows", () => {
    expect(seen.size).toBeGreaterThan(15);
    expect(barriers).toEqual([]);
  });

  it("shows no passkey where the browser runs no script", async () => {
    const context = await visitor.context.browser()?.newContext({ javaScriptEnabled: false });
    const page = await context?.newPage();
    await page?.goto(`${serving.issuer}/account`);
    expect(await page?.getByRole("button").allTextContents()).toEqual(["Sign in"]);
    await context?.close();
  });

  it("the browser complained of nothing, and the server had no fault", () => {
    expect(visitor.complaints).toEqual([]);
    expect(serving.failures).toEqual([]);
  });
});
