// A stolen token at a gateway with the built-in authorization server: its session ends, so that the thief cannot refresh either.
import { readFileSync } from "node:fs";
import path from "node:path";
import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CALLBACK, discoverAt, type RunningGateway, signUpAt, startGateway, tokensFor, until } from "./gateway.ts";
import { Person } from "./person.ts";
import { childrenOf } from "../servers/children.ts";

const EMAIL = "ann@example.com";
const SCOPE = "openid offline_access orders:read";
const soon = { timeout: 30_000, interval: 50 };

interface Recorded {
  readonly event: { readonly code?: string };
  readonly message: string;
  readonly portcullis?: { readonly data?: Readonly<Record<string, string>> };
}

const recorded = (gateway: RunningGateway, code: string): Recorded[] =>
  gateway
    .events()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Recorded)
    .filter(({ event }) => event.code === code);

const gatewayThat = (revoke: string) =>
  startGateway({}, "", { monitoring: { detections: { rules: { "token-shared": { respond: { revoke } } } } } });

/** From four programs: nobody does that, and `token-shared` says so. */
async function useStolen({ base }: RunningGateway, token: string): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < 4; i += 1) {
    const headers = { authorization: `Bearer ${token}`, "user-agent": `tool/${i}` };
    statuses.push((await fetch(`${base}/reports/daily`, { headers })).status);
  }
  return statuses;
}

const refreshed = async (gateway: RunningGateway, refreshToken: string | undefined) =>
  client.refreshTokenGrant(await discoverAt(gateway, "spa"), refreshToken as string).then(
    ({ access_token }) => access_token,
    (error: unknown) => (error as { error?: string }).error ?? String(error),
  );

const keptIn = ({ folder }: RunningGateway) =>
  (
    JSON.parse(readFileSync(path.join(folder, "sanctions.json"), "utf8")) as { sanctions: { sessionEnded?: boolean }[] }
  ).sanctions.map(({ sessionEnded }) => sessionEnded);

const status = async (gateway: RunningGateway, token: string) =>
  (await fetch(`${gateway.base}/reports/daily`, { headers: { authorization: `Bearer ${token}` } })).status;

describe("where only the token is revoked", () => {
  let gateway: RunningGateway;

  beforeAll(async () => {
    gateway = await gatewayThat("token");
    await signUpAt(gateway, EMAIL);
  });

  afterAll(() => gateway.close());

  it("whoever has the refresh token too goes on with a new one", async () => {
    const stolen = await tokensFor(gateway, new Person(CALLBACK), EMAIL, SCOPE);
    expect(await useStolen(gateway, stolen.access_token)).toEqual([200, 200, 200, 200]);
    expect(await status(gateway, stolen.access_token)).toBe(401);
    expect(await status(gateway, await refreshed(gateway, stolen.refresh_token))).toBe(200);
  });
});

describe("where its session is revoked", () => {
  let gateway: RunningGateway;

  beforeAll(async () => {
    gateway = await gatewayThat("session");
    await signUpAt(gateway, EMAIL);
  });

  afterAll(() => gateway.close());

  it("nothing of it is good any more, nor what it is refreshed with; another session of the same person is", async () => {
    const [ann, elsewhere] = [new Person(CALLBACK), new Person(CALLBACK)];
    const stolen = await tokensFor(gateway, ann, EMAIL, SCOPE);
    const other = await tokensFor(gateway, elsewhere, EMAIL, SCOPE);
    // Another token of the stolen session, which nobody has used yet.
    const sibling = await refreshed(gateway, stolen.refresh_token);
    const latest = await client.refreshTokenGrant(await discoverAt(gateway, "spa"), other.refresh_token as string);

    expect(await useStolen(gateway, sibling)).toEqual([200, 200, 200, 200]);
    expect([await status(gateway, sibling), await status(gateway, stolen.access_token)]).toEqual([401, 401]);
    await expect.poll(() => refreshed(gateway, stolen.refresh_token), soon).toBe("invalid_grant");
    expect(await status(gateway, other.access_token)).toBe(200);
    expect(await status(gateway, await refreshed(gateway, latest.refresh_token))).toBe(200);

    const began = recorded(gateway, "detection.sanction-began");
    expect(began).toMatchObject([{ message: expect.stringMatching(/^a session of \S+ is revoked until/) }]);
    await expect
      .poll(() => recorded(gateway, "identity.account-changed").filter(({ message }) => /session/.test(message)), soon)
      .toMatchObject([{ portcullis: { data: { what: "session-ended", actor_kind: "gate", actor: "token-shared" } } }]);
    // Their names are nobody's business, and no sign-in is without the password.
    expect(gateway.events()).not.toContain(String(sidOf(sibling)));
    const page = await ann.open(`${gateway.base}/identity/account`);
    expect(page.text).toContain('name="password"');
    expect(await status(gateway, (await tokensFor(gateway, ann, EMAIL, SCOPE)).access_token)).toBe(200);
  });

  it("ends also where the authorization server was away just then", async () => {
    const person = new Person(CALLBACK);
    const stolen = await tokensFor(gateway, person, EMAIL, SCOPE);
    const [child = 0] = childrenOf(gateway.process.pid);
    process.kill(child, "SIGKILL");
    await useStolen(gateway, stolen.access_token);
    expect(await status(gateway, stolen.access_token)).toBe(401);
    await until(async () => (await fetch(`${gateway.base}/identity/jwks`)).status === 200);
    await expect.poll(() => refreshed(gateway, stolen.refresh_token), soon).toBe("invalid_grant");
    await expect.poll(() => keptIn(gateway), soon).toEqual([true, true]);
  });

  it("nobody else can have one ended: not from outside, and not without the key", async () => {
    const asked = { method: "POST", body: "{}", headers: { "content-type": "application/json" } };
    expect((await fetch(`${gateway.base}/ended-sessions`, asked)).status).toBe(404);
    expect((await fetch(`${gateway.base}/identity/ended-sessions`, asked)).status).toBe(404);
    const inside = `http://127.0.0.1:${gateway.identityPort}/ended-sessions`;
    const with_ = (authorization: string) => fetch(inside, { ...asked, headers: { ...asked.headers, authorization } });
    expect((await fetch(inside, asked)).status).toBe(404);
    expect((await with_("Bearer x")).status).toBe(404);
    expect((await fetch(inside, { headers: { authorization: "Bearer x" } })).status).toBe(404);
  });
});

function sidOf(token: string): unknown {
  return (JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { sid?: unknown }).sid;
}
