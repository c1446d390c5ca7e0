// Many at once, or many to one: mails that anybody may ask for, and sign-ins that come together.
import * as client from "openid-client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { SprayGuard } from "../../src/identity/accounts/spray-guard.ts";
import { discover } from "./flows.ts";
import { Person } from "./person.ts";
import { OPERATOR, declareClients, PASSWORD, REDIRECT, serveIdentity, type Serving } from "./serving.ts";

const HOUR_MS = 3_600_000;
const time = { ms: Date.now() };
const clock = { nowMs: () => time.ms, monotonicMs: () => time.ms };
let serving: Serving;

beforeAll(async () => {
  serving = await serveIdentity(":memory:", clock);
  await declareClients(serving.identity);
});

afterAll(() => serving.close());

const mailsTo = (email: string) => serving.mails.filter(({ to }) => to === email).length;

it("P09 one mailbox is not flooded, whoever asks and by which form; the answers stay the same", async () => {
  const { accounts, administration } = serving.identity;
  await administration.users.add({ email: "ann@example.com", password: PASSWORD }, OPERATOR);
  const answers = new Set<string>();
  const ask = async (i: number) => {
    const person = new Person("https://app.example.com", { "x-forwarded-for": `192.0.2.${i}` });
    const page = i % 2 === 0 ? "forgotten" : "register";
    const form = await person.open(`${serving.issuer}/${page}`);
    const { status, text } = await person.submit(form, { email: "Ann@example.com", password: PASSWORD });
    answers.add(`${status} ${text}`);
  };
  for (let i = 0; i < 5; i += 1) await ask(i);
  expect(mailsTo("ann@example.com")).toBe(5);
  for (let i = 5; i < 9; i += 1) await ask(i);
  expect([mailsTo("ann@example.com"), answers.size]).toEqual([5, 1]);
  await administration.users.add({ email: "bob@example.com", password: PASSWORD }, OPERATOR);
  await accounts.requestReset("bob@example.com");
  expect(mailsTo("bob@example.com")).toBe(1);
  for (let hour = 1; hour < 8; hour += 1) {
    time.ms += HOUR_MS + 1;
    for (let i = 0; i < 6; i += 1) await accounts.requestReset("ann@example.com");
    expect(mailsTo("ann@example.com")).toBe(Math.min(20, 5 * (hour + 1)));
  }
  time.ms += 24 * HOUR_MS;
  await accounts.requestReset("ann@example.com");
  expect(mailsTo("ann@example.com")).toBe(21);
});

it("P12 sixty sign-ins at once of one address are not more than thirty one after another", async () => {
  const config = await discover(serving, "spa");
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT,
    scope: "openid",
    code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    code_challenge_method: "S256",
  });
  const person = new Person("https://app.example.com");
  const page = await person.open(url.href);
  const tries = Array.from({ length: 60 }, (_, i) => {
    const typed = { email: `person-${i}@example.com`, password: "Winter2026-Winter" };
    return person.submit(page, typed, { "x-forwarded-for": "192.0.2.1" });
  });
  const statuses = (await Promise.all(tries)).map(({ status }) => status);
  const count = (status: number) => statuses.filter((one) => one === status).length;
  // What a busy machine could not judge in time, 503, gives its place to another: so there may be fewer 429 than thirty.
  expect(count(401)).toBeLessThanOrEqual(30);
  expect([count(429) > 0, count(401) + count(429) + count(503)]).toEqual([true, 60]);
});

it("P12 what was right, or could not be judged, takes nobody's place", async () => {
  const spray = new SprayGuard(clock);
  const tryOnce = (outcome: boolean | Error) =>
    spray.attempt(
      "192.0.2.1",
      () => (typeof outcome === "boolean" ? Promise.resolve(outcome) : Promise.reject(outcome)),
      (isRight) => !isRight,
    );
  for (let i = 0; i < 40; i += 1) expect(await tryOnce(true)).toBe(true);
  for (let i = 0; i < 40; i += 1) await expect(tryOnce(new Error("busy"))).rejects.toThrow("busy");
  const atOnce = await Promise.all(Array.from({ length: 40 }, () => tryOnce(false)));
  expect(atOnce.filter((outcome) => outcome === false)).toHaveLength(30);
  expect(await tryOnce(true)).toBeTypeOf("number");
  time.ms += 900_001;
  expect(await tryOnce(true)).toBe(true);
});
