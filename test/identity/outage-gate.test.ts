// L09 at the gate: while the database of the authorization server is gone, or that server's process dies, good tokens are good, bad ones are refused, and
// nobody is told that he is not who he is.
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { postgresPrograms, type RunningPostgres, startPostgres } from "./postgres.ts";
import { type IdentityProcess, Site } from "./site.ts";
import { stopwatch } from "../servers/stopwatch.ts";
import { childrenOf } from "../servers/children.ts";

const programs = postgresPrograms();
const skipped = programs === undefined ? " (skipped because PostgreSQL is not installed)" : "";
const PATIENCE_MS = 180_000;

describe.skipIf(programs === undefined)(`a gateway whose server has its data in PostgreSQL${skipped}`, () => {
  let postgres: RunningPostgres;
  let api: Server;
  let site: Site;
  let gateway: IdentityProcess;
  let authorization: string;
  let good: string;
  let revoked: string;

  async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
    const endMs = performance.now() + PATIENCE_MS;
    while (!(await holds())) {
      if (performance.now() > endMs) throw new Error(`it did not happen in time: ${gateway.said()}`);
      await wait(50);
    }
  }

  const orders = async (token: string | undefined): Promise<number> => {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const answer = await fetch(`${new URL(site.issuer).origin}/orders`, { headers });
    await answer.text();
    return answer.status;
  };
  const post = (path: string, form: Record<string, string>) =>
    fetch(`${site.issuer}${path}`, { method: "POST", headers: { authorization }, body: new URLSearchParams(form) });
  const ask = () => post("/token", { grant_type: "client_credentials", scope: "orders:read" });
  const newToken = async () => ((await (await ask()).json()) as { access_token: string }).access_token;
  const revoke = (token: string) => post("/token/revocation", { token });
  const forged = () => good.replace(/[^.]*$/, (signature) => signature.split("").toReversed().join(""));

  beforeAll(async () => {
    api = createServer((_request, response) => response.setHeader("content-type", "application/json").end("[]"));
    await once(api.listen(0, "127.0.0.1"), "listening");
    postgres = await startPostgres(programs as string);
    const upstream = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
    site = await Site.make({ gateway: true, database: postgres.database("identity"), upstream });
    gateway = await site.startGateway();
    const { secret } = JSON.parse(await site.run("identity", "client", "secret", "job", "--json")) as {
      secret: string;
    };
    authorization = `Basic ${Buffer.from(`job:${secret}`).toString("base64")}`;
    [good, revoked] = [await newToken(), await newToken()];
    await revoke(revoked);
    await until(async () => (await orders(revoked)) === 401);
  });

  afterAll(async () => {
    await site?.close();
    await postgres?.stop();
    api?.close();
    api?.closeAllConnections();
  });

  const judged = async () => [
    await orders(good),
    await orders(revoked),
    await orders(forged()),
    await orders(undefined),
  ];
  const RIGHT = [200, 401, 401, 401];

  it("all is well before", async () => {
    expect(await judged()).toEqual(RIGHT);
    expect((await ask()).status).toBe(200);
  });

  it("L09 the database is gone: good tokens are good, bad ones are refused, new ones are 503 and come later", async () => {
    await postgres.goAway();
    const answer = await ask();
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(await judged()).toEqual(RIGHT);
    // So long as revocations are not told, that is said; and nothing changes by it.
    await until(() => gateway.said().includes("authentication.revocations-stale"));
    expect(await judged()).toEqual(RIGHT);
  });

  it("L09 the database is back: tokens are given, and what is revoked reaches the gate", async () => {
    await postgres.comeBack();
    await until(async () => (await ask()).status === 200);
    await until(() => gateway.said().includes("authentication.revocations-fresh"));
    expect(await judged()).toEqual(RIGHT);
    const later = await newToken();
    expect(await orders(later)).toBe(200);
    await revoke(later);
    const passedMs = stopwatch();
    await until(async () => (await orders(later)) === 401);
    expect(passedMs()).toBeLessThan(3_000);
  });

  it("L09 the server's process dies under load: not one wrong answer, it is on record, and it serves again", async () => {
    const statuses: number[] = [];
    const asked: number[] = [];
    const over = new AbortController();
    const load = async (work: () => Promise<number>, into: number[]) => {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, as a client asks
      while (!over.signal.aborted) into.push(await work());
    };
    const loads = [
      load(() => orders(good), statuses),
      load(() => orders(good), statuses),
      load(async () => (await ask()).status, asked),
    ];
    for (let i = 0; i < 3; i += 1) {
      const [child = 0] = childrenOf(gateway.child.pid);
      process.kill(child, "SIGKILL");
      await until(() => gateway.said().split("identity.ended").length > i + 1);
      await until(async () => (await ask()).status === 200);
    }
    over.abort();
    await Promise.all(loads);
    expect(statuses.length).toBeGreaterThan(100);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(new Set(asked)).toEqual(new Set([200, 503]));
    expect(await judged()).toEqual(RIGHT);
  });

  it("ends as it should", async () => {
    await gateway.end("SIGTERM");
    expect(gateway.child.exitCode).toBe(0);
    expect(gateway.said()).not.toMatch(/\n\s+at /);
  });
});
