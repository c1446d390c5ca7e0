// Clients in the database: what each may do follows from its profile, secrets are hashed, at most two are valid at a time.
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Selectable } from "kysely";
import type { Clock } from "../../core/clock.ts";
import type { IdentityDatabase } from "../database.ts";
import type { ClientTable } from "../tables.ts";

export type ClientProfile = "public" | "confidential" | "machine";

export interface ClientSettings {
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  /** What it may ask for: scopes of the API, and `openid`, `profile`, `email`, `offline_access`. */
  readonly scopes: readonly string[];
}

export interface IdentityClient {
  readonly id: string;
  readonly profile: ClientProfile;
  readonly name: string;
  readonly settings: ClientSettings;
  readonly secretHashes: readonly string[];
  readonly isDeclared: boolean;
}

/** 256 bits: a plain hash is enough where nobody can guess (and a slow one would be a way to exhaust the server). */
const SECRET_BYTES = 32;
/** So that a secret can be exchanged while both are in use. */
const SECRETS_MAX = 2;

export class ClientStore {
  readonly #database: IdentityDatabase;
  readonly #clock: Clock;

  constructor(database: IdentityDatabase, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Makes or changes it. Its secrets stay. */
  async put(client: Omit<IdentityClient, "secretHashes">): Promise<void> {
    const now = Math.floor(this.#clock.nowMs() / 1000);
    const values = {
      profile: client.profile,
      name: client.name,
      settings: JSON.stringify(client.settings),
      declared: client.isDeclared ? 1 : 0,
      updated_at: now,
    };
    await this.#database.queries
      .insertInto("client")
      .values({ id: client.id, secrets: "[]", created_at: now, ...values })
      .onConflict((conflict) => conflict.column("id").doUpdateSet(values))
      .execute();
  }

  async find(id: string): Promise<IdentityClient | undefined> {
    const row = await this.#database.queries.selectFrom("client").selectAll().where("id", "=", id).executeTakeFirst();
    return row === undefined ? undefined : clientOf(row);
  }

  /** A new secret, which is shown this once. The oldest of more than two ends. Undefined: there is no such client. */
  async addSecret(id: string): Promise<string | undefined> {
    const secret = randomBytes(SECRET_BYTES).toString("base64url");
    const isThere = await this.setSecrets(id, (hashes) => [secretHash(secret), ...hashes].slice(0, SECRETS_MAX));
    return isThere ? secret : undefined;
  }

  /** Whether the client is there. */
  setSecrets(id: string, change: (hashes: readonly string[]) => readonly string[]): Promise<boolean> {
    return this.#database.queries.transaction().execute(async (transaction) => {
      const row = await transaction.selectFrom("client").select("secrets").where("id", "=", id).executeTakeFirst();
      if (row === undefined) return false;
      const secrets = JSON.stringify(change(JSON.parse(row.secrets) as string[]));
      await transaction.updateTable("client").set({ secrets }).where("id", "=", id).execute();
      return true;
    });
  }

  /** Those that the configuration kept once and names no longer. */
  async removeUndeclared(ids: readonly string[]): Promise<void> {
    const query = this.#database.queries.deleteFrom("client").where("declared", "=", 1);
    await (ids.length === 0 ? query : query.where("id", "not in", [...ids])).execute();
  }

  async all(): Promise<readonly IdentityClient[]> {
    const rows = await this.#database.queries.selectFrom("client").selectAll().orderBy("id").execute();
    return rows.map(clientOf);
  }

  async remove(id: string): Promise<boolean> {
    const { numDeletedRows } = await this.#database.queries
      .deleteFrom("client")
      .where("id", "=", id)
      .executeTakeFirst();
    return numDeletedRows === 1n;
  }
}

function clientOf(row: Selectable<ClientTable>): IdentityClient {
  return {
    id: row.id,
    profile: row.profile,
    name: row.name,
    settings: JSON.parse(row.settings) as ClientSettings,
    secretHashes: JSON.parse(row.secrets) as string[],
    isDeclared: row.declared === 1,
  };
}

function secretHash(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}

/** In constant time, whichever of them it is. */
export function isSecretOf(client: Pick<IdentityClient, "secretHashes">, secret: string): boolean {
  const found = Buffer.from(secretHash(secret));
  let matches = false;
  for (const hash of client.secretHashes) {
    const known = Buffer.from(hash);
    matches = (known.length === found.length && timingSafeEqual(known, found)) || matches;
  }
  return matches;
}
