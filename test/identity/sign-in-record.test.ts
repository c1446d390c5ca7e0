// Sign-ins on record, those that fail by address and keyed hash, the same for accounts that nobody has; detections fire on them.
import { readFileSync } from "node:fs";
import path from "node:path";
import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SignInRecord } from "../../src/identity/server/sign-in-record.ts";
import type { SystemEvent } from "../../src/core/record.ts";
import { makeDiskFiles } from "../../src/monitoring/index.ts";
import { systemJson } from "../../src/monitoring/system-event.ts";
import { spoolStats } from "../../src/monitoring/spool/stats.ts";
import { discover, signUp } from "./flows.ts";
import { discoverAt, startGateway, until } from "./gateway.ts";
import { Holder } from "./holder.ts";
import { type Page, Person } from "./person.ts";
import { declareClients, REDIRECT, serveIdentity, type Serving } from "./serving.ts";
import { Site } from "./site.ts";

const WRONG = "a wrong long password";

async function signInPage(config: client.Configuration, person: Person, redirect = REDIRECT): Promise<Page> {
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirect,
    scope: "openid",
    code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    code_challenge_method: "S256",
  });
  return person.open(url.href);
}

/** What the authorization server says of each failed sign-in. */
type Failure = Readonly<Record<"address" | "what", string>> & Partial<Record<"account" | "account_key", string>>;

describe("a failed sign-in", () => {
  let serving: Serving;

  beforeAll(async () => {
    serving = await serveIdentity();
    await declareClients(serving.identity);
    await signUp(serving, "ann@example.com");
  });

  afterAll(() => serving.close());

  const failures = () =>
    serving.told
      .filter(({ action }) => action === "identity.sign-in-failed")
      .map(({ data }) => data as unknown as Failure);
  const successes = () =>
    serving.told.filter(({ action }) => action === "identity.sign-in-succeeded").map(({ data }) => data);

  it("is told with its address and a hash, the same for every spelling, and of an account that nobody has", async () => {
    const person = new Person("https://app.example.com", { "x-forwarded-for": "192.0.2.7" });
    const page = await signInPage(await discover(serving, "spa"), person);
    for (const email of ["ann@example.com", "Ann@EXAMPLE.com", "nobody@example.com", "not an address"])
      await person.submit(page, { email, password: WRONG });
    const [ann, same, nobody, none] = failures();
    expect(ann).toEqual({
      address: "192.0.2.7",
      what: "password",
      account: expect.stringMatching(/^[0-9a-f]{24}$/),
      account_key: expect.stringMatching(/^[0-9a-f]{8}$/),
    });
    expect(same).toEqual(ann);
    expect(nobody).toEqual({ ...ann, account: expect.not.stringMatching(ann?.account ?? "") });
    expect(none).toEqual({ address: "192.0.2.7", what: "password" });
    expect(JSON.stringify(serving.told)).not.toMatch(/example\.com|not an|wrong long/i);
    expect(serving.told.map(({ action }) => action)).toEqual(
      Array.from({ length: 4 }, () => "identity.sign-in-failed"),
    );
  });

  it("is none where the password was right: that is a success, of whom, how and from where", async () => {
    const before = failures().length;
    const holder = new Holder(serving, "ann@example.com");
    const asked = await holder.ask();
    await holder.allow(asked, await holder.typePassword(asked.page));
    expect(failures()).toHaveLength(before);
    expect(successes()).toEqual([
      {
        address: expect.any(String),
        subject: await holder.accountId(),
        step: "sign-in",
        methods: "pwd",
        acr: "pwd",
        account: failures()[0]?.account,
        account_key: failures()[0]?.account_key,
      },
    ]);
    expect(JSON.stringify(serving.told)).not.toContain("example.com");
  });

  it("is one with a wrong code behind the right password, of the same account", async () => {
    const holder = new Holder(serving, "ann@example.com");
    await holder.addApp();
    holder.inNewBrowser();
    const before = failures().length;
    const second = await holder.typePassword((await holder.ask()).page);
    await holder.typeCode(second, "000000");
    expect(failures().slice(before)).toEqual([{ ...failures()[0], address: expect.any(String), what: "code" }]);
  });
});

describe("a sign-in that succeeds", () => {
  let serving: Serving;

  beforeAll(async () => {
    serving = await serveIdentity();
    await declareClients(serving.identity);
  });

  afterAll(() => serving.close());

  it("says which factors were shown; the right password alone, where a second is due, is none", async () => {
    const holder = await Holder.withAccount(serving, "ben@example.com");
    await holder.addApp();
    holder.inNewBrowser();
    serving.told.length = 0;
    const asked = await holder.ask();
    const second = await holder.typePassword(asked.page);
    expect(serving.told).toEqual([]);
    await holder.allow(asked, await holder.typeCode(second, holder.code(1)));
    expect(serving.told).toMatchObject([
      {
        action: "identity.sign-in-succeeded",
        level: "info",
        message: "an account holder signed in: pwd otp mfa",
        data: { step: "sign-in", methods: "pwd otp mfa", acr: "mfa" },
      },
    ]);
  });

  it("is authn_login_success of the record, with its outcome", () => {
    const recording = { id: "01KB1N2R4ZJ8Q5T6W7X8Y9Z0AB", sequence: 1, timestamp: "t", service: undefined };
    const jsonOf = (action: string) =>
      JSON.parse(systemJson({ action, level: "info", message: "m" }, recording)) as { event: object };
    expect(jsonOf("identity.sign-in-succeeded").event).toMatchObject({
      action: "authn_login_success",
      code: "identity.sign-in-succeeded",
      category: ["authentication"],
      outcome: "success",
    });
    expect(jsonOf("identity.sign-in-failed").event).toMatchObject({ action: "authn_login_fail", outcome: "failure" });
    expect(jsonOf("gateway.started").event).not.toHaveProperty("outcome");
  });
});

describe("a flood", () => {
  it("is told of as far as the record can take it, and the rest is counted", () => {
    const told: SystemEvent[] = [];
    let nowMs = 1_000_000;
    const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
    const signIns = new SignInRecord({ clock, key: Buffer.alloc(32, 1), tell: (event) => void told.push(event) });
    const request = {} as never;
    for (let i = 0; i < 5_000; i += 1) signIns.failed(request, "password", `person-${i}@example.com`);
    expect(told).toHaveLength(300);
    nowMs += 20_000;
    signIns.failed(request, "password", "later@example.com");
    expect(told.slice(300).map(({ action, data }) => [action, data?.["count"]])).toEqual([
      ["identity.sign-ins-failed", 4_700],
      ["identity.sign-in-failed", undefined],
    ]);
    signIns.tellUntold();
    expect(told).toHaveLength(302);
  });

  it("hashes of two keys do not compare, and their ids say so", () => {
    const told: SystemEvent[] = [];
    const clock = { nowMs: () => 0, monotonicMs: () => 0 };
    for (const fill of [1, 2]) {
      const signIns = new SignInRecord({ clock, key: Buffer.alloc(32, fill), tell: (event) => void told.push(event) });
      signIns.failed({} as never, "password", "ann@example.com");
    }
    const [one, other] = told.map(({ data }) => data);
    expect(one?.["account"]).not.toBe(other?.["account"]);
    expect(one?.["account_key"]).not.toBe(other?.["account_key"]);
  });
});

/** Eight accounts from one address: what `password-spraying` is about. */
async function spray(config: client.Configuration, redirect: string): Promise<void> {
  const person = new Person("https://app.example.com", { "x-forwarded-for": "192.0.2.66" });
  const page = await signInPage(config, person, redirect);
  for (let i = 0; i < 8; i += 1) {
    const { status } = await person.submit(page, { email: `person-${i}@example.com`, password: "Winter2026-Winter" });
    expect(status).toBe(401);
  }
}

const events = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { event: { code?: string }; client?: { ip: string } });

it("eight accounts sprayed from one address through the gateway raise the alert", async () => {
  const gateway = await startGateway();
  try {
    await spray(await discoverAt(gateway, "spa"), "http://localhost:9/callback");
    await until(() => Promise.resolve(gateway.events().includes('"code":"detection.password-spraying"')));
    const alert = events(gateway.events()).find(({ event }) => event.code === "detection.password-spraying");
    // The gateway believes nobody what it does not know: it is its own peer's address.
    expect(alert?.client?.ip).toMatch(/^(?:127\.0\.0\.1|::1)$/);
    expect(gateway.events()).not.toContain("person-3");
  } finally {
    await gateway.close();
  }
});

it("an authorization server of its own records by its own settings: spool, detections, start and end", async () => {
  const site = await Site.make({ monitoring: { sinks: [{ file: "identity.ndjson" }], spool: { folder: "spool" } } });
  try {
    const serving = await site.start();
    const config = await discover({ issuer: site.issuer }, "spa");
    await spray(config, REDIRECT);
    await serving.end("SIGTERM");
    const recorded = events(readFileSync(path.join(site.folder, "identity.ndjson"), "utf8"));
    const codes = recorded.map(({ event }) => event.code);
    expect(codes.filter((code) => code === "identity.sign-in-failed")).toHaveLength(8);
    expect(codes).toEqual(
      expect.arrayContaining([
        "identity.started",
        "identity.stopped",
        "identity.client-changed",
        "detection.password-spraying",
      ]),
    );
    const alert = recorded.find(({ event }) => event.code === "detection.password-spraying");
    expect(alert?.client?.ip).toBe("192.0.2.66");
    const stats = await spoolStats(await makeDiskFiles(path.join(site.folder, "spool")));
    expect(stats).toMatchObject({ isWhole: true, destinations: [{ accepted: codes.length, delivered: codes.length }] });
  } finally {
    await site.close();
  }
});
