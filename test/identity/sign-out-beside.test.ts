// A sign-out beside requests of the same session: it is done, whatever they are doing with it, and none of them fails by it.
import * as client from "openid-client";
import { describe, expect, it } from "vitest";
import { inTransaction } from "../../src/identity/database.ts";
import { DATABASES, serversOn } from "./databases.ts";
import { discover } from "./flows.ts";
import { Holder } from "./holder.ts";
import type { Page } from "./person.ts";
import { REDIRECT } from "./serving.ts";

const ROUNDS = 8;
const BESIDE = 6;

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);
  const issuer = () => servers.serving.issuer;

  /** What an application asks in the background, again and again. */
  async function authorizationUrl(): Promise<string> {
    const config = await discover(servers.serving, "spa");
    const verifier = client.randomPKCECodeVerifier();
    return client.buildAuthorizationUrl(config, {
      redirect_uri: REDIRECT,
      scope: "openid orders:read",
      prompt: "none",
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    }).href;
  }

  const ways: readonly [
    string,
    (holder: Holder) => Promise<{ page: Page; typed: Record<string, string>; to: string }>,
  ][] = [
    [
      "of the protocol",
      async ({ person }) => ({
        page: await person.open(`${issuer()}/session/end`),
        typed: { logout: "yes" },
        to: "/confirm",
      }),
    ],
    ["of the account page", async (holder) => ({ page: await holder.openAccount(), typed: {}, to: "/end-session" })],
  ];

  it.runIf(servers.isHere).each(ways)(
    "P12 the sign-out %s is done, and no request beside it fails",
    async (way, open) => {
      const holder = await Holder.withAccount(servers.serving, `beside-${way.length}@example.com`);
      const url = await authorizationUrl();
      const seen = [];
      for (let i = 0; i < ROUNDS; i += 1) {
        holder.inNewBrowser();
        const asked = await holder.ask();
        await holder.allow(asked, await holder.typePassword(asked.page));
        await holder.openAccount();
        const { page, typed, to } = await open(holder);
        const cookie = [...holder.person.cookies].map(([name, { value }]) => `${name}=${value}`).join("; ");
        const beside = Array.from({ length: BESIDE }, () => fetch(url, { headers: { cookie }, redirect: "manual" }));
        const [[out], ...answers] = await Promise.all([
          holder.person.submitAtOnce([new URL(issuer()).origin], page, typed, to),
          ...beside,
        ]);
        seen.push(out?.status, ...answers.map(({ status }) => status));
        const after = await holder.person.open(`${issuer()}/account`);
        expect(after.text.includes("Your account</h1>")).toBe(false);
      }
      expect(seen.filter((status) => (status ?? 500) >= 400)).toEqual([]);
    },
  );

  it.runIf(servers.isHere)(
    "a transaction that the database ended for others' sake is begun again, not for ever",
    async () => {
      const { database } = servers.serving.identity.artifacts;
      let tries = 0;
      const ended = inTransaction(database, () => {
        tries += 1;
        throw Object.assign(new Error("deadlock detected"), { code: "40P01" });
      });
      await expect(ended).rejects.toThrow("deadlock detected");
      expect(tries).toBe(5);
      tries = 0;
      const wrong = inTransaction(database, () => Promise.reject(new Error(`wrong ${(tries += 1)}`)));
      await expect(wrong).rejects.toThrow("wrong 1");
    },
  );

  it.runIf(servers.isHere && kind === "postgresql")(
    "two that lock the same rows in the opposite order are both done",
    async () => {
      const { artifacts } = servers.serving.identity;
      const names = ["first", "second"] as const;
      for (const name of names) await artifacts.put("Grant", name, {}, 60);
      const bothHold = Promise.withResolvers<undefined>();
      let begun = 0;
      const removeInOrder = (order: readonly string[]) =>
        inTransaction(artifacts.database, async (queries) => {
          for (const name of order) {
            await artifacts.remove("Grant", name, queries);
            if (name !== order[0]) continue;
            begun += 1;
            if (begun >= 2) bothHold.resolve(undefined);
            await bothHold.promise;
          }
        });
      await Promise.all([removeInOrder(names), removeInOrder(names.toReversed())]);
      expect(begun).toBe(3);
      expect(await artifacts.find("Grant", "first")).toBeUndefined();
    },
  );
});
