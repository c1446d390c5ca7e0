// Lists of stolen passwords tried at the real sign-in pages, behind a real gate: seen, answered, and no harm to who only signs in.
import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CALLBACK, discoverAt, type RunningGateway, signUpAt, startGateway, tokensFor, until } from "./gateway.ts";
import { type Page, Person } from "./person.ts";
import { childrenOf } from "../servers/children.ts";

const STOLEN = "Winter2026-Winter";

interface Recorded {
  readonly event: { readonly code?: string; readonly reason?: string };
  readonly client?: { readonly ip?: string; readonly address?: string };
  readonly http?: { readonly response?: { readonly status_code: number } };
  readonly portcullis?: { readonly data?: Readonly<Record<string, string>> };
}

function recorded(gateway: RunningGateway, code: string): Recorded[] {
  const lines = gateway.events().trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as Recorded).filter(({ event }) => event.code === code);
}

/** Who comes from there, as the balancer in front of the gate says. */
const from = (address: string) => new Person(CALLBACK, { "x-forwarded-for": address });

async function signInPage(gateway: RunningGateway, person: Person): Promise<Page> {
  const url = client.buildAuthorizationUrl(await discoverAt(gateway, "spa"), {
    redirect_uri: CALLBACK,
    scope: "openid",
    code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    code_challenge_method: "S256",
  });
  return person.open(url.href);
}

/** Each account once: what came of each try. */
async function stuff(gateway: RunningGateway, address: string, accounts: readonly string[]): Promise<number[]> {
  const thief = from(address);
  const page = await signInPage(gateway, thief);
  const statuses: number[] = [];
  for (const email of accounts) statuses.push((await thief.submit(page, { email, password: STOLEN })).status);
  return statuses;
}

const accounts = (count: number, first = 0) =>
  Array.from({ length: count }, (_, i) => `person-${first + i}@example.com`);
const BEHIND_A_BALANCER = { transport: { trustedProxies: ["127.0.0.1", "::1"] } };
const soon = { timeout: 30_000, interval: 50 };

describe("a list of stolen passwords", () => {
  let gateway: RunningGateway;

  beforeAll(async () => {
    const rules = { "password-spraying": { respond: { ban: "15m" } } };
    gateway = await startGateway({}, "", { ...BEHIND_A_BALANCER, monitoring: { detections: { rules } } });
    await signUpAt(gateway, "ann@example.com");
  });

  afterAll(() => gateway.close());

  it("tried from one network, a few accounts from each of its addresses, is credential stuffing, and no one address sprays", async () => {
    const threeFrom = (i: number) => stuff(gateway, `198.51.100.${10 + i}`, accounts(3, i * 3));
    for (let i = 0; i < 9; i += 1) expect(await threeFrom(i)).toEqual([401, 401, 401]);
    await expect.poll(() => recorded(gateway, "identity.sign-in-failed"), soon).toHaveLength(27);
    expect(recorded(gateway, "detection.credential-stuffing")).toEqual([]);
    await threeFrom(9);
    await expect.poll(() => recorded(gateway, "detection.credential-stuffing"), soon).toHaveLength(1);
    const [alert] = recorded(gateway, "detection.credential-stuffing");
    expect(alert?.client?.ip ?? alert?.client?.address).toMatch(/^198\.51\.100\./);
    expect(recorded(gateway, "detection.password-spraying")).toEqual([]);
    expect(recorded(gateway, "detection.sanction-began")).toEqual([]);
  });

  it("tried from one address gets it banned from the pages and the API, while an honest person signs in", async () => {
    const attack = stuff(gateway, "203.0.113.66", accounts(40, 100));
    const ann = from("192.0.2.1");
    const tokens = await tokensFor(gateway, ann, "ann@example.com", "openid");
    expect(tokens.access_token).not.toBe("");
    const statuses = await attack;
    const tried = statuses.filter((status) => status === 401).length;
    // The eighth completes the detection, which comes to the gate from another process: a few more pass meanwhile.
    expect(tried).toBeGreaterThanOrEqual(8);
    expect(statuses).toEqual(Array.from({ length: 40 }, (_, i) => (i < tried ? 401 : 429)));
    expect(tried).toBeLessThan(30);
    expect(recorded(gateway, "detection.password-spraying")).toMatchObject([{ client: { ip: "203.0.113.66" } }]);
    expect(recorded(gateway, "detection.sanction-began")).toMatchObject([
      { portcullis: { data: { what: "ban", address: "203.0.113.66", by: "password-spraying" } } },
    ]);
    const banned = await fetch(`${gateway.base}/orders`, { headers: { "x-forwarded-for": "203.0.113.66" } });
    expect([banned.status, ((await banned.json()) as { reason: string }).reason]).toEqual([
      429,
      "rate-limiting.banned",
    ]);
    const other = await fetch(`${gateway.base}/identity/jwks`, { headers: { "x-forwarded-for": "203.0.113.67" } });
    expect(other.status).toBe(200);
    // Nobody is told whose accounts were tried.
    expect(gateway.events()).not.toMatch(/person-\d|ann@example/);
  });
});

describe("a sign-in that fails while the gateway already ends", () => {
  it.each([
    ["told as Kubernetes does", (gateway: RunningGateway) => [gateway.process.pid as number]],
    [
      "told as systemd does, its authorization server first",
      (gateway: RunningGateway) => [...childrenOf(gateway.process.pid), gateway.process.pid as number],
    ],
  ])("is answered, and on record: %s", async (_, toldOf) => {
    const gateway = await startGateway();
    try {
      const person = new Person(CALLBACK);
      const page = await signInPage(gateway, person);
      const finish = await person.submitSlowly(page, { email: "ann@example.com", password: STOLEN });
      for (const id of toldOf(gateway)) process.kill(id, "SIGTERM");
      await until(async () =>
        fetch(gateway.base).then(
          () => false,
          () => true,
        ),
      );
      expect(await finish()).toBe(401);
      await until(() => Promise.resolve(gateway.process.exitCode !== null));
      expect(gateway.process.exitCode).toBe(0);
      expect(recorded(gateway, "identity.sign-in-failed")).toHaveLength(1);
      expect(recorded(gateway, "identity.ended")).toEqual([]);
      const codes = gateway.events().match(/"code":"[a-z.-]+"/g);
      expect(codes?.at(-1)).toBe('"code":"gateway.stopped"');
    } finally {
      await gateway.close();
    }
  });
});
