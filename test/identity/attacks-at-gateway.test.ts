// Attacks on the gate and its authorization server together, each a process, on both databases: floods, tokens that were revoked, guesses of secrets.
import { argon2, type Argon2Parameters, randomBytes, webcrypto } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { createRemoteJWKSet, jwtVerify } from "jose";
import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { DATABASES } from "./databases.ts";
import { discoverAt, type RunningGateway, startGateway, until } from "./gateway.ts";
import { naiveServer } from "./naive-server.ts";
import { postgresPrograms, type RunningPostgres, startPostgres } from "./postgres.ts";
import { PASSWORD } from "./serving.ts";
import { stopwatch } from "../servers/stopwatch.ts";

const FLOOD = 40;
const AUDIENCE = "https://orders.example.com";
const derive = promisify(
  argon2 as (algorithm: string, parameters: Argon2Parameters, done: (error: Error | null, key: Buffer) => void) => void,
);
const naive = naiveServer();

const postJson = (url: string, body: object) =>
  fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

/** How many of a flood were answered while one call was. */
async function answeredMeanwhile(flood: { answered: number }, call: () => Promise<unknown>): Promise<number> {
  const before = flood.answered;
  await call();
  return flood.answered - before;
}

describe("P13 without a process of its own", () => {
  it("P13 a flood of sign-ups comes before a call of the API, whose token waits in the line of the hashes", async () => {
    const keys = await webcrypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
    const how = { name: "ECDSA", hash: "SHA-256" };
    const token = await webcrypto.subtle.sign(how, keys.privateKey, Buffer.from("a token"));
    const flood = { asked: 0, answered: 0 };
    const everything = createServer((request, response) => {
      if (request.method === "POST") {
        flood.asked += 1;
        const cost = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 };
        void derive("argon2id", { message: PASSWORD, nonce: randomBytes(16), ...cost }).then(() => {
          flood.answered += 1;
          response.end();
        });
      } else {
        const verified = webcrypto.subtle.verify(how, keys.publicKey, token, Buffer.from("a token"));
        void verified.then((isGenuine) => response.writeHead(isGenuine ? 200 : 401).end());
      }
    }).listen(0, "127.0.0.1");
    await once(everything, "listening");
    onTestFinished(() => void everything.close());
    const url = `http://127.0.0.1:${(everything.address() as AddressInfo).port}/`;
    const all = Array.from({ length: FLOOD }, () => fetch(url, { method: "POST" }));
    await until(() => Promise.resolve(flood.asked === FLOOD));
    const before = FLOOD - flood.answered;
    expect(await answeredMeanwhile(flood, () => fetch(url))).toBeGreaterThan(before / 2);
    await Promise.all(all);
  });
});

describe.each(DATABASES)("on $name", ({ kind }) => {
  const programs = postgresPrograms();
  describe.skipIf(kind === "postgresql" && programs === undefined)("behind the gateway", () => {
    let gateway: RunningGateway;
    let postgres: RunningPostgres | undefined;
    let secret: string;
    let token: string;

    beforeAll(async () => {
      if (kind === "postgresql") postgres = await startPostgres(programs as string);
      gateway = await startGateway(postgres === undefined ? {} : { database: postgres.database("identity") });
      const said = gateway.run("identity", "client", "secret", "job", "--json");
      ({ secret } = JSON.parse(said) as { secret: string });
      const config = await discoverAt(gateway, "job", client.ClientSecretBasic(secret));
      ({ access_token: token } = await client.clientCredentialsGrant(config, { scope: "orders:read" }));
    });

    afterAll(async () => {
      await gateway?.close();
      await postgres?.stop();
    });

    it("P13 a flood of sign-ups does not starve the gate", async () => {
      const flood = { answered: 0 };
      const statuses = Array.from({ length: FLOOD }, async (_, i) => {
        const body = { email: `flood-${i}@example.com`, password: PASSWORD };
        const { status } = await postJson(`${gateway.base}/identity/api/register`, body);
        flood.answered += 1;
        return status;
      });
      await until(() => Promise.resolve(flood.answered > 0));
      const headers = { authorization: `Bearer ${token}` };
      const call = async () => expect((await fetch(`${gateway.base}/products`, { headers })).status).toBe(200);
      const waited: number[] = [];
      for (let i = 0; i < 10; i += 1) waited.push(await answeredMeanwhile(flood, call));
      // No call waits for the line: a machine that is busy may let a few of the flood come first.
      expect(waited.toSorted((a, b) => a - b)[5]).toBeLessThan(FLOOD / 4);
      const answers = await Promise.all(statuses);
      expect(answers.filter((status) => status === 202).length).toBeGreaterThan(10);
      expect(answers.every((status) => [202, 429, 503].includes(status))).toBe(true);
    });

    it("T19 a revoked token is refused within two seconds, although it verifies as before", async () => {
      expect((await gateway.orders(token)).status).not.toBe(401);
      const authorization = `Basic ${Buffer.from(`job:${secret}`).toString("base64")}`;
      const body = new URLSearchParams({ token });
      await fetch(`${gateway.base}/identity/token/revocation`, { method: "POST", headers: { authorization }, body });
      const passedMs = stopwatch();
      await until(async () => (await gateway.orders(token)).status === 401);
      expect(passedMs()).toBeLessThan(2_000);
      // Whoever looks at signature, issuer, audience and times takes it.
      const keys = createRemoteJWKSet(new URL(`${gateway.base}/identity/jwks`));
      const checked = await jwtVerify(token, keys, { issuer: `${gateway.base}/identity`, audience: AUDIENCE });
      expect(checked.payload.sub).toBe("job");
    });

    it("an address that asks for tokens of many people, as an office or a web site's server does, gets them", async () => {
      const form = { grant_type: "client_credentials", client_id: "job", client_secret: secret };
      const ask = async () => {
        const answer = await fetch(`${gateway.base}/identity/token`, {
          method: "POST",
          body: new URLSearchParams(form),
        });
        await answer.arrayBuffer();
        return answer.status;
      };
      const statuses: number[] = [];
      for (let i = 0; i < 65; i += 1) statuses.push(await ask());
      expect(new Set(statuses)).toEqual(new Set([200]));
    });

    // Behind all that asks for tokens: it uses up what of one address may fail in a minute.
    it("T17 guesses of a client's secret are held up, also the right one", async () => {
      const form = { grant_type: "client_credentials", client_id: "job" };
      for (let i = 0; i < 100; i += 1) {
        expect((await naive().post("/token", { ...form, client_secret: "wrong" })).status).toBe(401);
      }
      expect((await naive().post("/token", { ...form, client_secret: "right" })).status).toBe(200);
      const guess = async (client_secret: string) => {
        const body = new URLSearchParams({ ...form, client_secret });
        return (await fetch(`${gateway.base}/identity/token`, { method: "POST", body })).status;
      };
      const statuses: number[] = [];
      for (let i = 0; i < 70; i += 1) statuses.push(await guess(`wrong-${i}`));
      const tried = statuses.indexOf(429);
      expect(tried).toBeLessThanOrEqual(60);
      expect(statuses).toEqual(Array.from({ length: 70 }, (_, i) => (i < tried ? 401 : 429)));
      expect(await guess(secret)).toBe(429);
    });
  });
});
