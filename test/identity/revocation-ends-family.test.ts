// A revocation is whole or has not happened: who asks again after a failure is told that it is done, and it is (RFC 7009 2.2); on both databases.
import { decodeJwt } from "jose";
import { sql } from "kysely";
import type { TokenEndpointResponse } from "openid-client";
import { describe, expect, it } from "vitest";
import { DATABASES, serversOn } from "./databases.ts";
import { askForTokens } from "./flows.ts";
import { Holder } from "./holder.ts";

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);
  const { isHere } = servers;

  async function revoke(token: string): Promise<number> {
    const body = new URLSearchParams({ client_id: "spa", token });
    return (await fetch(`${servers.serving.issuer}/token/revocation`, { method: "POST", body })).status;
  }
  const refresh = async ({ refresh_token = "" }: TokenEndpointResponse) =>
    (await askForTokens(servers.serving, { client_id: "spa", grant_type: "refresh_token", refresh_token })).status;

  /** Two chains of refresh tokens of one consent. */
  async function twoFamilies(email: string): Promise<[TokenEndpointResponse, TokenEndpointResponse]> {
    const ann = await Holder.withAccount(servers.serving, email);
    const first = await ann.ask();
    const tokens = await ann.allow(first, await ann.typePassword(first.page));
    const second = await ann.ask();
    return [tokens, await ann.allow(second, second.page)];
  }

  /** While the table is away, every write to it fails in the middle of what it belongs to. */
  async function without(table: "revocation", work: () => Promise<void>): Promise<void> {
    const { queries } = servers.serving.identity.artifacts.database;
    await sql`alter table ${sql.table(table)} rename to away`.execute(queries);
    try {
      await work();
    } finally {
      await sql`alter table away rename to ${sql.table(table)}`.execute(queries);
    }
  }

  it.runIf(isHere)("one that failed in the middle has changed nothing, and the next one ends all of it", async () => {
    const [one, other] = await twoFamilies("interrupted@example.com");
    await without("revocation", async () => {
      expect(await revoke(one.refresh_token ?? "")).toBe(500);
      // Nobody was told that it is done, and it is not.
      expect(await servers.serving.identity.artifacts.find("RefreshToken", one.refresh_token ?? "")).toBeDefined();
    });
    expect(await revoke(one.refresh_token ?? "")).toBe(200);
    const { revocations } = servers.serving.identity;
    expect(await revocations.concern(decodeJwt(one.access_token))).toBe(true);
    expect(await revocations.concern(decodeJwt(other.access_token))).toBe(true);
    expect([await refresh(one), await refresh(other)]).toEqual([400, 400]);
  });

  it.runIf(isHere)("a replay that failed in the middle ends all of it when it comes again", async () => {
    const [one, other] = await twoFamilies("replayed@example.com");
    expect(await refresh(one)).toBe(200);
    servers.aheadMs += 11_000;
    await without("revocation", async () => expect(await refresh(one)).toBe(500));
    expect(await refresh(one)).toBe(400);
    expect(await servers.serving.identity.revocations.concern(decodeJwt(other.access_token))).toBe(true);
    expect(await refresh(other)).toBe(400);
  });

  it.runIf(isHere)("ends what came of one consent: a browser that signed in anew has another", async () => {
    const ann = await Holder.withAccount(servers.serving, "anew@example.com");
    const first = await ann.ask();
    const one = await ann.allow(first, await ann.typePassword(first.page));
    // The session gets another name by each consent: whoever did not hear of it has the old one, which opens nothing.
    const cookies = new Map(ann.person.cookies);
    const lost = await ann.ask();
    await ann.person.submit(lost.page, { answer: "allow" });
    ann.person.cookies.clear();
    for (const [name, cookie] of cookies) ann.person.cookies.set(name, cookie);
    const again = await ann.ask();
    const other = await ann.allow(again, await ann.typePassword(again.page));
    expect(decodeJwt(one.access_token)["sid"]).not.toBe(decodeJwt(other.access_token)["sid"]);
    expect(await revoke(one.refresh_token ?? "")).toBe(200);
    expect([await refresh(one), await refresh(other)]).toEqual([400, 200]);
  });
});
