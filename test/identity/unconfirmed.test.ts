// Addresses that somebody said to have: nobody keeps the owner from them, or gets in by the owner's confirming; on both databases.
import * as client from "openid-client";
import type { IncomingMessage, ServerResponse } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import type { Account } from "../../src/identity/accounts/account-store.ts";
import { emailAddress } from "../../src/identity/accounts/email-address.ts";
import { KnownDevices } from "../../src/identity/server/known-devices.ts";
import { DATABASES, serversOn } from "./databases.ts";
import { discover } from "./flows.ts";
import { Person } from "./person.ts";
import { OPERATOR, PASSWORD, REDIRECT } from "./serving.ts";

it.each(["\uff42oss@example.com", "\u017fam@example.com", "o\ufb03ce@example.com", "boss@\uff45xample.com"])(
  "P06 %j is none: it is compared as another than mail would go to",
  (text) => expect(emailAddress(text)).toBeUndefined(),
);

it("P11 a reset makes a browser known for tries of passwords, not of second factors, and of that account only", () => {
  const devices = new KnownDevices({ issuer: "https://api.example.com/identity", key: Buffer.alloc(32) });
  const cookies: string[] = [];
  const response = { appendHeader: (_name: string, value: string) => cookies.push(value) };
  const ann = { email_key: "ann@example.com" } as Account;
  const read = () => devices.read({ headers: { cookie: cookies.at(-1)?.split(";")[0] } } as unknown as IncomingMessage);
  devices.remember(undefined, response as unknown as ServerResponse, ann, "reset");
  const id = read()?.id;
  expect([read()?.mayTryApart("ann@example.com"), read()?.knownTo("ann@example.com")]).toEqual([id, undefined]);
  expect(read()?.mayTryApart("bob@example.com")).toBeUndefined();
  devices.remember(read(), response as unknown as ServerResponse, ann);
  expect([read()?.mayTryApart("ann@example.com"), read()?.knownTo("ann@example.com")]).toEqual([id, id]);
});

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);
  const { isHere } = servers;
  afterEach(() => {
    servers.standsAtMs = undefined;
  });
  const register = async (email: string, password = PASSWORD) => {
    const answer = await fetch(`${servers.serving.issuer}/api/register`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email, password }),
    });
    return answer.status;
  };
  const tokenIn = (email: string, page: string) =>
    new RegExp(`/${page}\\?token=(\\S+)`).exec(
      servers.serving.mails.findLast(({ to }) => to === email)?.text ?? "",
    )?.[1];
  const accountOf = (email: string, key = email) =>
    servers.serving.identity.accountStore.byEmail({ address: email, key });

  it.runIf(isHere)("P06 a look-alike takes nobody's address: it is refused, and the owner's mail comes", async () => {
    expect(await register("\uff42oss@example.com")).toBe(400);
    expect(await register("boss@example.com")).toBe(202);
    expect(tokenIn("boss@example.com", "verify")).toHaveLength(43);
  });

  it.runIf(isHere).each(["register", "forgotten"])(
    "P06 whoever spelled it as another's first has none of the mail to %s, and the spelling that is proven stays",
    async (by) => {
      const { accountStore, accounts } = servers.serving.identity;
      const email = `owner-${by}@example.com`;
      const spelled = email.replace("o", "\uff4f");
      await accountStore.create({ address: spelled, key: email }, null, null);
      if (by === "register") await register(email);
      else await accounts.requestReset(email);
      expect(servers.serving.mails.filter(({ to }) => to === spelled)).toEqual([]);
      expect(await accounts.reset(tokenIn(email, "reset") ?? "", PASSWORD)).toBeTypeOf("object");
      expect(await accountOf(email)).toMatchObject({ email });
      expect(await accounts.signIn(email, PASSWORD)).toBeTypeOf("object");
    },
  );

  it.runIf(isHere)("what was not confirmed for a week is removed with its links, and the address is free", async () => {
    const { serving } = servers;
    await register("never@example.com");
    await register("disabled@example.com");
    await serving.identity.administration.users.add({ email: "kept@example.com", password: PASSWORD }, OPERATOR);
    const id = (await accountOf("never@example.com"))?.id;
    await serving.identity.accountStore.setStatus((await accountOf("disabled@example.com"))?.id ?? "", "disabled");
    servers.aheadMs = 7 * 86_400_000 - 60_000;
    await serving.identity.accounts.requestReset("never@example.com");
    await serving.identity.maintain();
    expect(await accountOf("never@example.com")).toMatchObject({ id });
    servers.aheadMs = 7 * 86_400_000 + 60_000;
    await servers.other.identity.maintain();
    expect(await accountOf("never@example.com")).toBeUndefined();
    expect(JSON.stringify(await serving.rows(["artifact"]))).not.toContain(id);
    expect(serving.mails.some(({ to }) => to === "never@example.com")).toBe(true);
    expect(await accountOf("kept@example.com")).toBeTypeOf("object");
    expect(await accountOf("disabled@example.com")).toBeTypeOf("object");
    await register("never@example.com");
    expect(tokenIn("never@example.com", "verify")).toHaveLength(43);
  });

  const OWN = "the owner's own sentence";
  const stranger = "the stranger's sentence";
  const linkTo = (email: string, page = "verify") =>
    `${servers.serving.issuer}/${page}?token=${tokenIn(email, page) ?? ""}`;
  const person = () => new Person("https://app.example.com");
  const signUpIn = async (browser: Person, email: string, password: string) =>
    browser.submit(await browser.open(`${servers.serving.issuer}/register`), { email, password });
  const opens = (email: string, password: string) => servers.serving.identity.accounts.signIn(email, password);

  it.runIf(isHere).each(["page", "JSON"])(
    "P10 whoever signed up by %s with another's address does not get in by the owner's following the link",
    async (by) => {
      const email = `victim-${by.toLowerCase()}@example.com`;
      if (by === "page") await signUpIn(person(), email, stranger);
      else await register(email, stranger);
      const owner = person();
      const asked = await owner.open(linkTo(email));
      expect(asked.text).toContain('name="password"');
      expect((await owner.submit(asked, {})).text).toContain('name="password"');
      expect((await owner.submit(asked, { password: OWN })).status).toBe(400);
      expect(await opens(email, stranger)).toBeUndefined();
      const way = /href="([^"]+forgotten)"/.exec(asked.text)?.[1] ?? "";
      await owner.submit(await owner.open(new URL(way, asked.url).href), { email });
      const first = linkTo(email);
      const set = await owner.submit(await owner.open(linkTo(email, "reset")), { password: OWN });
      expect(set.text).toContain("Your password is set");
      expect(await opens(email, stranger)).toBeUndefined();
      expect(await opens(email, OWN)).toBeTypeOf("object");
      expect((await owner.submit(await owner.open(first), { password: OWN })).status).toBe(400);
    },
  );

  it.runIf(isHere)("the browser that signed up confirms without a question, another one by the password", async () => {
    const browser = person();
    await signUpIn(browser, "here@example.com", OWN);
    const page = await browser.open(linkTo("here@example.com"));
    expect(page.text).not.toContain('name="password"');
    expect((await browser.submit(page, {})).text).toContain("Your address is confirmed");
    await signUpIn(browser, "there@example.com", OWN);
    const other = person();
    const asked = await other.open(linkTo("there@example.com"));
    expect((await other.submit(asked, { password: OWN })).text).toContain("Your address is confirmed");
    expect(await opens("there@example.com", OWN)).toBeTypeOf("object");
  });

  it.runIf(isHere)("P11 guesses on the page that confirms are held up as those at the sign-in", async () => {
    servers.standsAtMs = Date.now();
    await register("guessed@example.com", OWN);
    const other = person();
    const asked = await other.open(linkTo("guessed@example.com"));
    const statuses: number[] = [];
    for (let i = 0; i < 6; i += 1) statuses.push((await other.submit(asked, { password: stranger })).status);
    expect(statuses).toEqual([400, 400, 400, 400, 400, 429]);
    const held = await other.submit(asked, { password: OWN });
    expect([held.status, held.headers.has("retry-after")]).toEqual([429, true]);
  });

  it.runIf(isHere)(
    "P11 who set another password by the mail signs in with it, whatever others guess meanwhile",
    async () => {
      servers.standsAtMs = Date.now();
      const email = "attacked@example.com";
      await servers.serving.identity.administration.users.add({ email, password: PASSWORD }, OPERATOR);
      const guess = async () => {
        for (let i = 0; i < 12; i += 1) await opens(email, stranger);
      };
      await guess();
      const owner = person();
      await owner.submit(await owner.open(`${servers.serving.issuer}/forgotten`), { email });
      await owner.submit(await owner.open(linkTo(email, "reset")), { password: OWN });
      expect(await opens(email, stranger)).toBeUndefined();
      await guess();
      expect(await opens(email, OWN)).toBeTypeOf("number");
      const config = await discover(servers.serving, "spa");
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: REDIRECT,
        scope: "openid",
        code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        code_challenge_method: "S256",
      });
      const signIn = await owner.open(url.href);
      expect((await owner.submit(signIn, { email, password: OWN })).status).toBe(200);
    },
  );
});
