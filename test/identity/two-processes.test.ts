// Two `portcullis identity start` on one PostgreSQL, as behind a balancer: what may happen once happens once, whichever of them is asked.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { openIdentityDatabase } from "../../src/identity/database.ts";
import { SigningKeys } from "../../src/identity/keys/signing-keys.ts";
import { Sealer } from "../../src/identity/sealing.ts";
import type { IdentityTables } from "../../src/identity/tables.ts";
import { openSql, type SqlDatabase } from "../../src/stores/sql-database.ts";
import { askForTokens, authorize, discover, redeem, signUp } from "./flows.ts";
import { Holder, optionsOf } from "./holder.ts";
import { Person } from "./person.ts";
import { postgresPrograms, type RunningPostgres, startPostgres } from "./postgres.ts";
import { PASSWORD, REDIRECT } from "./serving.ts";
import { type IdentityProcess, Site } from "./site.ts";
import { SoftwareAuthenticator } from "./software-authenticator.ts";

// Processes start in some of these, one after another.

const programs = postgresPrograms();
const AT_ONCE = 50;
const APPLICATION = "https://app.example.com";

describe.runIf(programs !== undefined)("two processes on one PostgreSQL", () => {
  let postgres: RunningPostgres;
  let site: Site;
  let servers: IdentityProcess[];
  let database: SqlDatabase<IdentityTables>;

  beforeAll(async () => {
    postgres = await startPostgres(programs as string);
    site = await Site.make({ database: postgres.database("identity") });
    // Both at once on an empty database: tables and keys are made by one of them.
    servers = await Promise.all([site.start(0), site.start(1)]);
    database = openSql<IdentityTables>({ address: site.database });
    await signUp(site, "ann@example.com");
  });

  afterAll(async () => {
    await database?.close();
    await site?.close();
    await postgres?.stop();
  });

  /** In turn, as a balancer without any memory would. */
  const origins = (count: number) =>
    Array.from({ length: count }, (_, i) => (servers[i % 2] as IdentityProcess).origin);
  const askBoth = (form: Readonly<Record<string, string>>, count = AT_ONCE) =>
    Promise.all(origins(count).map((origin) => askForTokens({ issuer: `${origin}/identity` }, form)));
  const successes = <T extends { readonly status: number }>(answers: readonly T[]) =>
    answers.filter(({ status }) => status === 200);
  const published = async (server: IdentityProcess) =>
    (await (await fetch(`${server.origin}/identity/jwks`)).json()) as { keys: { kid: string }[] };

  it("that start at once on an empty database make its tables once, and one key", async () => {
    const migrations = await database.queries.selectFrom("signing_key").select("kid").execute();
    expect(migrations).toHaveLength(1);
    const [one, other] = await Promise.all(servers.map(published));
    expect(one).toEqual(other);
    expect(one?.keys).toHaveLength(1);
    for (const server of servers) expect(server.said()).not.toMatch(/error/i);
  });

  it("T02 one code, 50 requests at once over both: one success", async () => {
    const { back, verifier } = await authorize(await discover(site, "spa"), "ann@example.com");
    const answers = await askBoth({
      grant_type: "authorization_code",
      client_id: "spa",
      redirect_uri: REDIRECT,
      code: back.searchParams.get("code") as string,
      code_verifier: verifier,
    });
    expect(successes(answers)).toHaveLength(1);
    const refused = answers.filter(({ status }) => status !== 200);
    expect(new Set(refused.map(({ body }) => body["error"]))).toEqual(new Set(["invalid_grant"]));
  });

  const refreshForm = async () => {
    const config = await discover(site, "spa");
    const tokens = await redeem(config, await authorize(config, "ann@example.com"));
    return { grant_type: "refresh_token", client_id: "spa", refresh_token: tokens.refresh_token as string };
  };

  it("T07 one refresh token, 50 requests at once over both: at most two answers, at most one live successor", async () => {
    const form = await refreshForm();
    const given = successes(await askBoth(form));
    expect([1, 2]).toContain(given.length);
    const next = given.map(({ body }) => ({ ...form, refresh_token: String(body["refresh_token"]) }));
    const live = await Promise.all(next.map((again) => askForTokens(site, again)));
    expect(successes(live).length).toBeLessThanOrEqual(1);
  });

  it("T07 an honest client that refreshes in two windows at once, one at each server, stays signed in", async () => {
    for (let i = 0; i < 10; i += 1) {
      const form = await refreshForm();
      const given = successes(await askBoth(form, 2));
      const next = given.map(({ body }) => ({ ...form, refresh_token: String(body["refresh_token"]) }));
      const live = [];
      for (const again of next) live.push(await askForTokens(site, again));
      expect(successes(live)).toHaveLength(1);
    }
  });

  it("T02 a link that confirms an address, 20 times at once over both: one success", async () => {
    const person = new Person(APPLICATION);
    const email = "confirmed-once@example.com";
    await person.submit(await person.open(`${site.issuer}/register`), { email, password: PASSWORD });
    const page = await person.open(await site.mailbox.link(email, "verify"));
    const answers = await person.submitAtOnce(origins(20), page, {});
    expect(successes(answers)).toHaveLength(1);
  });

  it("P10 a link that resets a password, 10 times at once over both with as many passwords: one of them counts", async () => {
    const email = "reset-once@example.com";
    await signUp(site, email);
    const person = new Person(APPLICATION);
    await person.submit(await person.open(`${site.issuer}/forgotten`), { email });
    const page = await person.open(await site.mailbox.link(email, "reset"));
    const passwords = origins(10).map((origin, i) => ({ origin, password: `correct horse ${i} battery` }));
    const answers = await Promise.all(
      passwords.map(async ({ origin, password }) => {
        const [answer] = await person.submitAtOnce([origin], page, { password });
        return { password, status: answer?.status ?? 0 };
      }),
    );
    const [counts, ...more] = successes(answers);
    expect(more).toEqual([]);
    const { back } = await authorize(await discover(site, "spa"), email, { password: counts?.password ?? "" });
    expect(back.searchParams.get("code")).not.toBeNull();
  });

  /** So many browsers that wait for a second factor, after the password. */
  const waiting = async (holder: Holder, count: number) => {
    const steps = [];
    for (let i = 0; i < count; i += 1) {
      holder.inNewBrowser();
      const { page } = await holder.ask();
      steps.push({ person: holder.person, page: await holder.typePassword(page) });
    }
    return steps;
  };
  const typeAtOnce = async (holder: Holder, code: string) => {
    const steps = await waiting(holder, 4);
    const answers = await Promise.all(
      steps.map(({ person, page }, i) =>
        person.submitAtOnce([origins(2)[i % 2] as string], page, { code }, "/second-factor"),
      ),
    );
    return answers.flat().filter(({ status }) => status === 303);
  };

  it("P14 a code of an app, in four browsers at once over both: one gets in", async () => {
    const holder = await Holder.withAccount(site, "app-once@example.com");
    await holder.addApp();
    expect(await typeAtOnce(holder, holder.code(1))).toHaveLength(1);
  });

  it("P14 a recovery code, in four browsers at once over both: one gets in", async () => {
    const holder = await Holder.withAccount(site, "recovery-once@example.com");
    await holder.addApp();
    expect(await typeAtOnce(holder, holder.recoveryCodes[0] as string)).toHaveLength(1);
  });

  it("P15 an answer to a passkey's challenge, 20 times at once over both: one gets in", async () => {
    const holder = await Holder.withAccount(site, "passkey-once@example.com");
    const key = new SoftwareAuthenticator(new URL(site.issuer).origin);
    await holder.addPasskey(key);
    holder.inNewBrowser();
    const { page } = await holder.ask();
    const response = key.get(optionsOf(page));
    const answers = await holder.person.submitAtOnce(origins(20), page, { response }, "/passkey");
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
  });

  it("that find no key at the same moment make one", async () => {
    const { address, sealer } = { address: site.database, sealer: new Sealer([site.secret.toString("base64url")]) };
    const rotation = { everySeconds: 1_000, publishedBeforeSeconds: 100, publishedAfterSeconds: 100 };
    const connections = await Promise.all([1, 2].map(() => openIdentityDatabase({ address })));
    const made = [];
    for (let i = 0; i < 5; i += 1) {
      await database.queries.deleteFrom("signing_key").execute();
      await Promise.all(connections.map((one) => new SigningKeys(one, sealer, systemClock, rotation).current()));
      made.push((await database.queries.selectFrom("signing_key").select("kid").execute()).length);
    }
    expect(made).toEqual([1, 1, 1, 1, 1]);
    await Promise.all(connections.map((one) => one.close()));
  });

  it("that are to take up a new key at once make one, and sign with it both", async () => {
    const [old] = await database.queries.selectFrom("signing_key").selectAll().execute();
    await Promise.all(servers.map((server) => server.end("SIGTERM")));
    // As it is on the day before the next one is due.
    const due = Math.floor(Date.now() / 1_000) - 30 * 86_400 + 86_000;
    await database.queries.updateTable("signing_key").set({ signs_from: due, created_at: due }).execute();
    servers = await Promise.all([site.start(0), site.start(1)]);
    const keys = await database.queries.selectFrom("signing_key").selectAll().orderBy("signs_from").execute();
    expect(keys).toHaveLength(2);
    expect(keys[0]?.kid).toBe(old?.kid);
    const [one, other] = await Promise.all(servers.map(published));
    expect(one?.keys).toHaveLength(2);
    expect(new Set(one?.keys.map(({ kid }) => kid))).toEqual(new Set(other?.keys.map(({ kid }) => kid)));
  });

  it("one of which is killed: the other goes on alone", async () => {
    const form = await refreshForm();
    await servers[0]?.end("SIGKILL");
    const [, other] = origins(2);
    const issuer = `${other}/identity`;
    expect((await askForTokens({ issuer }, form)).status).toBe(200);
    servers = [await site.start(0), servers[1] as IdentityProcess];
  });
});
