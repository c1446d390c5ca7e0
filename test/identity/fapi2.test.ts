// A client by FAPI 2.0, as `openid-client` is one: pushed request, signed assertions, proofs with nonces, a call through the gate that served all of it.
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { decodeJwt } from "jose";
import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeKey, type TestKey } from "../authentication/issuer.ts";
import { DATABASES } from "./databases.ts";
import { signUp } from "./flows.ts";
import { discoverWithKey, publicKeyOf } from "./key-clients.ts";
import { Mailbox } from "./mailbox.ts";
import { Person } from "./person.ts";
import { postgresPrograms, type RunningPostgres, startPostgres } from "./postgres.ts";
import { PASSWORD } from "./serving.ts";
import { freePort } from "../servers/free-port.ts";
import { stopwatch } from "../servers/stopwatch.ts";

const COMMAND = path.join(import.meta.dirname, "../../bin/portcullis.js");
const CALLBACK = "http://localhost:9/callback";
const EMAIL = "ann@example.com";

/** Asked again until it is: what happens in other processes tells nobody. */
async function untilReady(url: string): Promise<void> {
  const isReady = () =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
  const endMs = performance.now() + 60_000;
  while (!(await isReady())) {
    if (performance.now() > endMs) throw new Error("it did not get ready in time");
    await wait(50);
  }
}

describe.each(DATABASES)("on $name", ({ kind }) => {
  const programs = postgresPrograms();
  const isHere = kind === "sqlite" || programs !== undefined;
  let folder: string;
  let postgres: RunningPostgres | undefined;
  let mailbox: Mailbox;
  let api: Server;
  let gateway: ChildProcess;
  let base: string;
  let key: TestKey;
  const seen: (string | undefined)[] = [];

  beforeAll(async () => {
    if (!isHere) return;
    folder = mkdtempSync(path.join(tmpdir(), "portcullis-fapi2-"));
    if (kind === "postgresql") postgres = await startPostgres(programs as string);
    mailbox = await Mailbox.open();
    key = await makeKey("ES256", "bank-1");
    api = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.setHeader("content-type", "application/json");
      response.end("[]");
    }).listen(0, "127.0.0.1");
    await once(api, "listening");
    const [port, adminPort, identityPort] = [await freePort(), await freePort(), await freePort()];
    base = `http://localhost:${port}`;
    copyFileSync("examples/orders/openapi.yaml", path.join(folder, "openapi.yaml"));
    const written = {
      openapi: "openapi.yaml",
      upstream: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
      transport: { listen: port, tls: "dangerouslyOff", publicUrl: base, adminListen: adminPort },
      authentication: {
        oauth: {
          issuer: "built-in",
          audience: "https://orders.example.com",
          dpop: { mode: "require", nonce: true },
        },
      },
      operations: { getOrder: { authentication: { level: "mfa" } } },
      monitoring: { sinks: [{ file: "audit.ndjson" }] },
      identity: {
        listen: identityPort,
        ...(postgres === undefined ? {} : { database: postgres.database("identity") }),
        secrets: [randomBytes(32).toString("base64")],
        mail: { smtp: mailbox.url, from: "orders@example.com" },
        clients: {
          bank: { profile: "fapi2", redirectUris: [CALLBACK], keys: [publicKeyOf(key)] },
          job: { profile: "machine", keys: [publicKeyOf(key)] },
        },
      },
    };
    writeFileSync(path.join(folder, "portcullis.yaml"), JSON.stringify(written));
    gateway = spawn(process.execPath, [COMMAND, "start"], { cwd: folder, stdio: "ignore" });
    await untilReady(`http://127.0.0.1:${adminPort}/readyz`);
    await signUp({ issuer: `${base}/identity`, mailbox }, EMAIL);
  });

  afterAll(async () => {
    if (!isHere) return;
    gateway.kill("SIGTERM");
    if (gateway.exitCode === null) await once(gateway, "exit");
    api.close();
    api.closeAllConnections();
    mailbox.close();
    await postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const discover = (id: string) => discoverWithKey({ issuer: `${base}/identity` }, id, key);

  async function signIn() {
    const config = await discover("bank");
    const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair());
    const verifier = client.randomPKCECodeVerifier();
    const pushed = await client.buildAuthorizationUrlWithPAR(
      config,
      {
        redirect_uri: CALLBACK,
        scope: "openid offline_access orders:read",
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
        prompt: "consent",
      },
      { DPoP },
    );
    expect([...pushed.searchParams.keys()].sort()).toEqual(["client_id", "request_uri"]);
    const person = new Person(CALLBACK);
    const consent = await person.submit(await person.open(pushed.href), { email: EMAIL, password: PASSWORD });
    const { url } = await person.submit(consent, { answer: "allow" });
    const checks = { pkceCodeVerifier: verifier };
    const tokens = await client.authorizationCodeGrant(config, new URL(url), checks, undefined, { DPoP });
    return { config, DPoP, tokens };
  }

  type SignedIn = Awaited<ReturnType<typeof signIn>>;
  const call = ({ config, DPoP }: SignedIn, token: string, target = "/orders") =>
    client.fetchProtectedResource(config, token, new URL(target, base), "GET", undefined, undefined, { DPoP });

  it.runIf(isHere)(
    "signs in, calls the API, refreshes without a new refresh token, and nobody else can use any of it",
    async () => {
      const signedIn = await signIn();
      const { config, DPoP, tokens } = signedIn;
      expect(tokens.token_type).toBe("dpop");
      expect(decodeJwt(tokens.access_token)).toHaveProperty("cnf.jkt");
      expect((await call(signedIn, tokens.access_token)).status).toBe(200);
      expect(seen.at(-1)).toBe(`DPoP ${tokens.access_token}`);
      const reached = seen.length;
      for (const scheme of ["Bearer", "DPoP"]) {
        const stolen = await fetch(`${base}/orders`, {
          headers: { authorization: `${scheme} ${tokens.access_token}` },
        });
        expect(stolen.status).toBe(401);
      }
      const thief = { ...signedIn, DPoP: client.getDPoPHandle(config, await client.randomDPoPKeyPair()) };
      await expect(call(thief, tokens.access_token)).rejects.toThrow("challenge");
      expect(seen.length).toBe(reached);
      const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token as string, undefined, { DPoP });
      expect(refreshed.refresh_token ?? tokens.refresh_token).toBe(tokens.refresh_token);
      expect((await call(signedIn, refreshed.access_token)).status).toBe(200);
      await expect(client.refreshTokenGrant(config, tokens.refresh_token as string)).rejects.toThrow(
        "server responded",
      );
    },
  );

  it.runIf(isHere)("an operation that asks for more says so by the scheme that the token came with", async () => {
    const signedIn = await signIn();
    const refused = await call(signedIn, signedIn.tokens.access_token, "/orders/7").catch((error: unknown) => error);
    const [challenge] = (refused as client.WWWAuthenticateChallengeError).cause;
    expect(challenge).toMatchObject({
      scheme: "dpop",
      parameters: { error: "insufficient_user_authentication", acr_values: "mfa" },
    });
  });

  it.runIf(isHere)("a machine signs, too, and its token is bound where it sends a proof", async () => {
    const config = await discover("job");
    const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair());
    const bound = await client.clientCredentialsGrant(config, { scope: "orders:read" }, { DPoP });
    const plain = await client.clientCredentialsGrant(config, { scope: "orders:read" });
    const answer = await client.fetchProtectedResource(
      config,
      bound.access_token,
      new URL("/orders", base),
      "GET",
      undefined,
      undefined,
      { DPoP },
    );
    expect(answer.status).toBe(200);
    const refused = await fetch(`${base}/orders`, { headers: { authorization: `Bearer ${plain.access_token}` } });
    expect([refused.status, await refused.json()]).toEqual([
      401,
      expect.objectContaining({ reason: "authentication.token-unbound" }),
    ]);
  });

  it.runIf(isHere)("T19 a bound token that is revoked is refused, whoever proves what", async () => {
    const signedIn = await signIn();
    const token = signedIn.tokens.access_token;
    expect((await call(signedIn, token)).status).toBe(200);
    await client.tokenRevocation(signedIn.config, token);
    const passedMs = stopwatch();
    const isRefused = () =>
      call(signedIn, token).then(
        () => false,
        () => true,
      );
    while (!(await isRefused())) expect(passedMs()).toBeLessThan(2_000);
  });
});
