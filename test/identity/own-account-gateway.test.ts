// What holders end on their account page reaches the gate within two seconds, and what they change is recorded; with invitations by the command.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { stopwatch } from "../servers/stopwatch.ts";
import { CALLBACK, type RunningGateway, signUpAt, startGateway, tokensFor, until } from "./gateway.ts";
import { type Page, Person } from "./person.ts";
import { PNG } from "./picture.ts";
import { PASSWORD } from "./serving.ts";

const SCOPE = "openid offline_access orders:read";
/** As the owner's document has it. */
const REGISTRATION = `
  /api/register:
    post:
      operationId: register
      security: []
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              additionalProperties: false
              required: [email, password]
              properties: { email: { type: string, maxLength: 254 }, password: { type: string, maxLength: 256 } }
      responses: { "202": { description: A mail says what comes next. } }
`;
let gateway: RunningGateway;

const LOGO = path.join(mkdtempSync(path.join(tmpdir(), "portcullis-logo-")), "logo.png");

beforeAll(async () => {
  writeFileSync(LOGO, PNG);
  const appearance = { colour: { light: "#7a1f5c", dark: "#ff9ad5" }, logo: LOGO };
  gateway = await startGateway({ registrationPath: "/api/register", appearance }, REGISTRATION);
});
afterAll(async () => {
  await gateway.close();
  rmSync(path.dirname(LOGO), { recursive: true });
});

/** Signed in, with a token that the API takes: the account has the role. */
async function withToken(email: string) {
  const person = await signUpAt(gateway, email);
  gateway.run("identity", "user", "grant", email, "customer");
  const { access_token: token } = await tokensFor(gateway, person, email, SCOPE);
  expect((await gateway.orders(token)).status).toBe(200);
  const account = (path = "") => person.open(`${gateway.base}/identity/account${path}`);
  return { person, token, account };
}

/** What is done there, and how long it takes until the gate refuses the token. */
async function refusedAfter(token: string, act: () => Promise<Page>): Promise<number> {
  await act();
  const passedMs = stopwatch();
  await until(async () => (await gateway.orders(token)).status === 401);
  return passedMs();
}

it("T19 an application whose access is withdrawn is refused within two seconds", async () => {
  const { person, token, account } = await withToken("consent@example.com");
  const page = await account();
  expect(await refusedAfter(token, () => person.submit(page, { client: "spa" }, {}, "/withdraw"))).toBeLessThan(2_000);
});

it("T19 so is one in a session that was signed out from another browser, and this one goes on", async () => {
  const email = "session@example.com";
  const { token } = await withToken(email);
  const person = new Person(CALLBACK);
  const here = await tokensFor(gateway, person, email, SCOPE);
  const page = await person.open(`${gateway.base}/identity/account`);
  expect(page.text.match(/name="session"/g)).toHaveLength(2);
  expect(await refusedAfter(token, () => person.submit(page, {}, {}, "/end-others"))).toBeLessThan(2_000);
  expect((await gateway.orders(here.access_token)).status).toBe(200);
});

it("T19 so is one of an account whose address was changed, or that was deleted", async () => {
  const email = "address@example.com";
  const { person, token, account } = await withToken(email);
  const wish = { email: "moved@example.com", password: PASSWORD };
  expect((await person.submit(await account("/email"), wish)).text).toContain("Look into your mail");
  await until(() => Promise.resolve(gateway.mailsTo(wish.email).length > 0));
  const link = /http\S+\/confirm\S+/.exec(gateway.mailsTo(wish.email)[0] ?? "")?.[0] as string;
  const page = await person.open(link);
  expect(await refusedAfter(token, () => person.submit(page, {}))).toBeLessThan(2_000);
  // Tokens of the same second are meant too.
  let next = "";
  await until(async () => {
    next = (await tokensFor(gateway, person, wish.email, SCOPE)).access_token;
    return (await gateway.orders(next)).status === 200;
  });
  const deletion = { confirm: wish.email, password: PASSWORD };
  const ask = await account("/delete");
  expect(await refusedAfter(next, () => person.submit(ask, deletion))).toBeLessThan(2_000);
  expect(gateway.run("identity", "user", "list")).not.toContain(wish.email);
});

it("who is invited by the command makes an account with the role, and calls the API", async () => {
  const email = "invited@example.com";
  expect(gateway.run("identity", "user", "invite", email, "--role", "customer")).toContain(`invited ${email} by mail`);
  expect(gateway.run("identity", "user", "invitations")).toMatch(/invited@example\.com +customer +20/);
  expect(() => gateway.run("identity", "user", "invite", "x@example.com", "--role", "costumer")).toThrow("failed");
  const [mail = ""] = gateway.mailsTo(email);
  expect(mail).toContain(`You are invited to Orders`);
  const person = new Person(CALLBACK);
  const page = await person.open(/http\S+\/invitation\S+/.exec(mail)?.[0] as string);
  expect((await person.submit(page, { password: PASSWORD })).text).toContain("Your account is made");
  const { access_token: token } = await tokensFor(gateway, person, email, SCOPE);
  expect((await gateway.orders(token)).status).toBe(200);
  expect(gateway.run("identity", "user", "invitations")).not.toContain(email);
  expect(() => gateway.run("identity", "user", "uninvite", email)).toThrow("failed");
});

it("P07 an account is made at the path of the owner's own, through the gate", async () => {
  const ask = (email: string) =>
    fetch(`${gateway.base}/api/register`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email, password: PASSWORD }),
    });
  const answers = [await ask("new@example.com"), await ask("session@example.com")];
  expect(answers.map(({ status }) => status)).toEqual([202, 202]);
  expect(await answers[0]?.text()).toBe(await answers[1]?.text());
  // The document declares it: what it does not know never reaches the authorization server.
  const refused = await fetch(`${gateway.base}/api/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: "more@example.com", password: PASSWORD, roles: "support" }),
  });
  expect([refused.status, (await refused.text()).includes("/roles")]).toEqual([400, true]);
});

it("the pages have the owner's colour, and the gate serves the logo", async () => {
  const page = await fetch(`${gateway.base}/identity/register`);
  expect(await page.text()).toMatch(/--accent: #7a1f5c;[\s\S]*<img class="logo" src="\/identity\/logo" alt="Orders"/);
  const logo = await fetch(`${gateway.base}/identity/logo`);
  expect(logo.headers.get("content-type")).toBe("image/png");
  expect(Buffer.from(await logo.arrayBuffer()).equals(PNG)).toBe(true);
});

it("each of these changes is an event, without an address or a secret in it", async () => {
  const changes = () =>
    gateway
      .events()
      .split("\n")
      .filter((line) => line.includes("identity.account-changed"));
  const said = [
    "The account was made; its address is not confirmed yet.",
    "The e-mail address was confirmed.",
    "The access of the client spa was withdrawn.",
    "Other sessions were signed out: 1.",
    "Another e-mail address was asked for.",
    "The e-mail address was changed.",
    "The account was deleted by its holder.",
    "The account was made by an invitation.",
  ];
  await until(() => Promise.resolve(said.every((what) => changes().some((line) => line.includes(what)))));
  expect(changes().join("\n")).not.toContain("@example.com");
});
