// Outside the server and its database: what was acknowledged, written down at the moment of the answer, and whether it is still so.
import { EventEmitter, once } from "node:events";
import type { IdentityTables } from "../../src/identity/tables.ts";
import { feedKey } from "../../src/identity/revocation/feed-key.ts";
import type { SqlDatabase } from "../../src/stores/sql-database.ts";
import { decodeJwt } from "jose";
import { askForTokens } from "./flows.ts";
import type { Person } from "./person.ts";
import { REDIRECT } from "./serving.ts";
import type { Site } from "./site.ts";

export class Recorder {
  readonly registered: string[] = [];
  readonly confirmed: string[] = [];
  /** By browser: where its application asks again without showing anything. */
  readonly consented = new Map<Person, string>();
  readonly usedCodes: { readonly code: string; readonly verifier: string }[] = [];
  /** Refresh tokens whose successor was acknowledged, with that. */
  readonly used: { readonly token: string; readonly successor: string }[] = [];
  /** The newest of each family that nobody ended. */
  readonly live = new Map<string, { readonly browser: Person; readonly grant: string }>();
  readonly revoked: string[] = [];
  readonly revokedAccess: string[] = [];
  /** Answers that said no to what had been acknowledged. */
  readonly wronglyRefused: string[] = [];
  /** Requests whose answer never came. */
  lost = 0;
  /** Refreshes whose answer was lost, asked for again as an honest client does. */
  askedAgain = 0;
  readonly #answers = new EventEmitter();
  #count = 0;

  /** To be called at every answer, whatever it acknowledges. */
  answered(): void {
    this.#answers.emit(String((this.#count += 1)));
  }

  /** Resolves at the answer so many further on. */
  async answers(count: number): Promise<void> {
    await once(this.#answers, String(this.#count + count));
  }

  /**
   * The browser's consents are about to be given up, and all that was given for each: until there is an answer, nobody knows. A browser that
   * lost the answer to one signs in anew, and has two: the end of one does not end the other.
   */
  forget(person: Person): readonly (readonly [string, ...string[]])[] {
    this.consented.delete(person);
    const families = new Map<string, [string, ...string[]]>();
    for (const [token, { browser, grant }] of this.live) {
      if (browser !== person) continue;
      this.live.delete(token);
      const family = families.get(grant);
      if (family === undefined) families.set(grant, [token]);
      else family.push(token);
    }
    return [...families.values()];
  }

  /** Whether there is something of every kind to be lost, and an answer was. */
  get isTelling(): boolean {
    const { registered, confirmed, usedCodes, used, revokedAccess, lost } = this;
    return lost > 0 && [registered, confirmed, usedCodes, used, revokedAccess].every((kind) => kind.length > 0);
  }

  get figures(): string {
    const { registered, confirmed, consented, usedCodes, used, revoked, revokedAccess, lost, askedAgain } = this;
    return `acknowledged: ${registered.length} registrations, ${confirmed.length} confirmations, ${consented.size} consents, ${usedCodes.length} codes redeemed, ${used.length} refreshes, ${revoked.length + revokedAccess.length} revocations; ${lost} answers lost, ${askedAgain} refreshes asked for again`;
  }

  /** What was acknowledged and is not so any more. Ends every family. */
  async missing(site: Site, origin: string, database: SqlDatabase<IdentityTables>): Promise<string[]> {
    const missing = [...this.wronglyRefused];
    const rows = await database.queries.selectFrom("account").select(["email", "email_verified_at"]).execute();
    const accounts = new Map(rows.map((row) => [row.email, row.email_verified_at]));
    missing.push(...this.registered.filter((email) => !accounts.has(email)).map((email) => `account ${email}`));
    const isUnconfirmed = (email: string) => typeof accounts.get(email) !== "number";
    missing.push(...this.confirmed.filter(isUnconfirmed).map((email) => `confirmation of ${email}`));
    for (const [person, url] of this.consented) {
      const back = await person.open(url);
      if (!back.url.includes("code=")) missing.push(`consent: ${back.url}`);
    }
    const feed = await this.#feed(site, origin);
    const names = this.revokedAccess.map((token) => String(decodeJwt(token).jti));
    missing.push(...names.filter((name) => !feed.has(name)).map((name) => `revocation of the access token ${name}`));
    const status = async (form: Readonly<Record<string, string>>) =>
      (await askForTokens(site, { client_id: "spa", ...form })).status;
    const refresh = (refresh_token: string) => status({ grant_type: "refresh_token", refresh_token });
    for (const token of this.revoked) if ((await refresh(token)) !== 400) missing.push("revocation of a family");
    for (const token of this.live.keys()) if ((await refresh(token)) !== 200) missing.push("a live refresh token");
    // Where the use of the successor was never acknowledged, it may not have been: then a repetition is forgiven for ten seconds.
    const spent = new Set([...this.used.map(({ token }) => token), ...this.live.keys(), ...this.revoked]);
    for (const { token, successor } of this.used)
      if (spent.has(successor) && (await refresh(token)) !== 400) missing.push("single use of a refresh token");
    for (const { code, verifier } of this.usedCodes) {
      const form = { grant_type: "authorization_code", code, code_verifier: verifier, redirect_uri: REDIRECT };
      if ((await status(form)) !== 400) missing.push("single use of a code");
    }
    return missing;
  }

  /** All of it, as a gate reads it. */
  async #feed(site: Site, origin: string): Promise<ReadonlySet<string>> {
    const authorization = `Bearer ${feedKey([site.secret.toString("base64url")])}`;
    const values = new Set<string>();
    for (let since = 0; ;) {
      const answer = await fetch(`${origin}/revocations?since=${since}`, { headers: { authorization } });
      const { revocations } = (await answer.json()) as { revocations: { sequence: number; value: string }[] };
      for (const { value } of revocations) values.add(value);
      const last = Math.max(since, ...revocations.map(({ sequence }) => sequence));
      if (last === since) return values;
      since = last;
    }
  }
}
