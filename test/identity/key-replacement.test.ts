// A key that may have leaked is replaced by somebody else than who serves: its tokens are refused in seconds, those of the new one at no time.
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { decodeProtectedHeader } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DATABASES, serversOn } from "./databases.ts";
import { postgresPrograms, type RunningPostgres, startPostgres } from "./postgres.ts";
import { type IdentityProcess, Site } from "./site.ts";
import { stopwatch } from "../servers/stopwatch.ts";

const REFUSED_WITHIN_MS = 3_000;

const kidOf = (token: string) => decodeProtectedHeader(token).kid;

/** A machine that gets tokens. */
class Machine {
  readonly #issuer: string;
  readonly #authorization: string;

  constructor(issuer: string, secret: string) {
    this.#issuer = issuer;
    this.#authorization = `Basic ${Buffer.from(`job:${secret}`).toString("base64")}`;
  }

  async token(): Promise<string> {
    const answer = await fetch(`${this.#issuer}/token`, {
      method: "POST",
      headers: { authorization: this.#authorization },
      body: new URLSearchParams({ grant_type: "client_credentials", scope: "orders:read" }),
    });
    return ((await answer.json()) as { access_token: string }).access_token;
  }
}

async function publishedBy(issuer: string): Promise<readonly string[]> {
  const { keys } = (await (await fetch(`${issuer}/jwks`)).json()) as { keys: readonly { kid: string }[] };
  return keys.map(({ kid }) => kid);
}

describe.each(DATABASES)("servers on $name", ({ kind }) => {
  const servers = serversOn(kind);

  it.runIf(servers.isHere)(
    "T19 a key that another process replaced signs nothing more, and is not published",
    async () => {
      const { identity, reachedAt } = servers.serving;
      const machine = new Machine(reachedAt, (await identity.clients.addSecret("job")) as string);
      const before = kidOf(await machine.token());
      const mark = await identity.server.followKeys();
      // Neither server is told: that is what a command does, which ends again.
      await servers.other.identity.keys.replaceNow();
      const published = await publishedBy(reachedAt);
      expect(published).toHaveLength(1);
      expect(published).not.toContain(before);
      expect(kidOf(await machine.token())).toBe(published[0]);
      expect(await identity.server.followKeys()).not.toBe(mark);
      await servers.serving.identity.keys.replaceNow();
      // Also where no set of keys was asked for in between.
      expect(kidOf(await machine.token())).not.toBe(published[0]);
    },
  );
});

describe.each(DATABASES)("a gateway whose server is on $name", ({ kind }) => {
  const programs = postgresPrograms();
  const isHere = kind === "sqlite" || programs !== undefined;
  let postgres: RunningPostgres | undefined;
  let api: Server;
  let site: Site;
  let gateway: IdentityProcess;
  let machine: Machine;

  beforeAll(async () => {
    if (!isHere) return;
    api = createServer((_request, response) => response.setHeader("content-type", "application/json").end("[]"));
    await once(api.listen(0, "127.0.0.1"), "listening");
    if (kind === "postgresql") postgres = await startPostgres(programs as string);
    const upstream = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
    site = await Site.make({ gateway: true, database: postgres?.database("identity"), upstream });
    gateway = await site.startGateway();
    const printed = await site.run("identity", "client", "secret", "job", "--json");
    machine = new Machine(site.issuer, (JSON.parse(printed) as { secret: string }).secret);
  });

  afterAll(async () => {
    await site?.close();
    await postgres?.stop();
    api?.close();
    api?.closeAllConnections();
  });

  const orders = async (token: string): Promise<number> => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${new URL(site.issuer).origin}/orders`, { headers });
    await answer.text();
    return answer.status;
  };

  it.runIf(isHere)(
    `T19 a replaced key verifies nothing within ${REFUSED_WITHIN_MS / 1000} s, and the new one does at once`,
    async () => {
      const leaked = await machine.token();
      // Verified, and remembered so: nothing else would refuse it for minutes.
      expect([await orders(leaked), await orders(leaked)]).toEqual([200, 200]);
      const honest: { kid: string | undefined; status: number }[] = [];
      const over = new AbortController();
      const load = (async () => {
        while (!over.signal.aborted) {
          const token = await machine.token();
          honest.push({ kid: kidOf(token), status: await orders(token) });
        }
      })();
      const { kid } = JSON.parse(await site.run("identity", "key", "replace", "--json")) as { kid: string };
      const passedMs = stopwatch();
      while ((await orders(leaked)) !== 401 && passedMs() < 30_000) await wait(50);
      expect(passedMs()).toBeLessThan(REFUSED_WITHIN_MS);
      const count = honest.length;
      while (honest.length < count + 5) await wait(10);
      over.abort();
      await load;
      const byNew = honest.filter((one) => one.kid === kid);
      expect(byNew.length).toBeGreaterThanOrEqual(5);
      expect(new Set(byNew.map(({ status }) => status))).toEqual(new Set([200]));
      expect(gateway.said()).toContain("1 new");
    },
  );
});
