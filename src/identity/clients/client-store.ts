// Clients in the database: what each may do follows from its profile, secrets are hashed, at most two are valid at a time.
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Selectable } from "kysely";
import type { Clock } from "../../core/clock.ts";
import { type IdentityDatabase, together } from "../database.ts";
import type { ClientKey } from "../provider/client-keys.ts";
import type { ClientTable } from "../tables.ts";

export const CLIENT_PROFILES = ["public", "confidential", "machine", "fapi2"] as const;
export type ClientProfile = (typeof CLIENT_PROFILES)[number];

export function profileNamed(name: string | undefined): ClientProfile | undefined {
  return CLIENT_PROFILES.find((profile) => profile === name);
}

export interface ClientSettings {
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  /** What it may ask for: scopes of the API, and `openid`, `profile`, `email`, `offline_access`. */
  readonly scopes: readonly string[];
  /** Its own, where it is a machine: they stand in its tokens. */
  readonly roles?: readonly string[] | undefined;
  /** Public keys that it signs with in place of a secret. */
  readonly keys?: readonly ClientKey[] | undefined;
}

export interface ClientSecret {
  /** Names it; tells nothing about it. */
  readonly id: string;
  readonly hash: string;
  /** Seconds since 1970. */
  readonly createdAt: number;
}

export interface IdentityClient {
  readonly id: string;
  readonly profile: ClientProfile;
  readonly name: string;
  readonly settings: ClientSettings;
  readonly secrets: readonly ClientSecret[];
  /** The configuration keeps it: nobody else changes it, but for its secrets. */
  readonly isDeclared: boolean;
}

/** 256 bits: a plain hash is enough where nobody can guess (and a slow one would be a way to exhaust the server). */
const SECRET_BYTES = 32;
const SECRET_ID_BYTES = 6;
/** So that a secret can be exchanged while both are in use. */
export const SECRETS_MAX = 2;

export class ClientStore {
  readonly #database: IdentityDatabase;
  readonly #clock: Clock;

  constructor(database: IdentityDatabase, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Makes or changes it. Its secrets stay. */
  async put(client: Omit<IdentityClient, "secrets">): Promise<void> {
    const now = this.#nowSeconds();
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
    const { text, secret } = newSecret(this.#nowSeconds());
    const isThere = await together(this.#database, async (inside) => {
      const store = new ClientStore(inside, this.#clock);
      const client = await store.find(id);
      if (client === undefined) return false;
      await store.setSecrets(id, [secret, ...client.secrets].slice(0, SECRETS_MAX));
      return true;
    });
    return isThere ? text : undefined;
  }

  async setSecrets(id: string, secrets: readonly ClientSecret[]): Promise<void> {
    const { queries } = this.#database;
    await queries
      .updateTable("client")
      .set({ secrets: JSON.stringify(secrets) })
      .where("id", "=", id)
      .execute();
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

  #nowSeconds(): number {
    return Math.floor(this.#clock.nowMs() / 1000);
  }
}

function clientOf(row: Selectable<ClientTable>): IdentityClient {
  return {
    id: row.id,
    profile: row.profile,
    name: row.name,
    settings: JSON.parse(row.settings) as ClientSettings,
    secrets: JSON.parse(row.secrets) as ClientSecret[],
    isDeclared: row.declared === 1,
  };
}

/** `text` goes to the client, `secret` is kept. */
export function newSecret(createdAt: number): { readonly text: string; readonly secret: ClientSecret } {
  const text = randomBytes(SECRET_BYTES).toString("base64url");
  return { text, secret: { id: randomBytes(SECRET_ID_BYTES).toString("hex"), hash: secretHash(text), createdAt } };
}

function secretHash(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}

/** A public client keeps none, and one with keys of its own needs none. */
export function takesSecrets({ profile, settings }: Pick<IdentityClient, "profile" | "settings">): boolean {
  return profile !== "public" && profile !== "fapi2" && (settings.keys ?? []).length === 0;
}

/** In constant time, whichever of them it is. */
export function isSecretOf({ secretHashes }: { readonly secretHashes: readonly string[] }, secret: string): boolean {
  const found = Buffer.from(secretHash(secret));
  let matches = false;
  for (const hash of secretHashes) {
    const known = Buffer.from(hash);
    matches = (known.length === found.length && timingSafeEqual(known, found)) || matches;
  }
  return matches;
}
