// Keys that sign tokens: published before they sign, kept until their last token has ended, private halves sealed.
import { generateKeyPairSync } from "node:crypto";
import { type Kysely, type Selectable, sql } from "kysely";
import type { Clock } from "../../core/clock.ts";
import { jwkThumbprint } from "../../cryptography/thumbprint.ts";
import type { IdentityDatabase } from "../database.ts";
import { type Sealer, SealingKeyError } from "../sealing.ts";
import type { IdentityTables, SigningKeyTable } from "../tables.ts";

export interface KeyRotation {
  /** How long a key signs before the next one does. */
  readonly everySeconds: number;
  /** How long a key is published before it signs: longer than any gate keeps a key set. */
  readonly publishedBeforeSeconds: number;
  /** How long it is published after it signed last: the longest life of a token. */
  readonly publishedAfterSeconds: number;
}

export interface SigningKey {
  readonly kid: string;
  readonly privateJwk: Readonly<Record<string, unknown>>;
  readonly publicJwk: Readonly<Record<string, unknown>>;
  readonly signsFrom: number;
}

type Row = Selectable<SigningKeyTable>;
/** Hears which keys there were, and which one was made. */
type ReplacedKeys = (before: readonly string[], made: string, queries: Kysely<IdentityTables>) => Promise<void>;

const ALGORITHM = "ES256";

export class SigningKeys {
  readonly #database: IdentityDatabase;
  readonly #sealer: Sealer;
  readonly #clock: Clock;
  readonly #rotation: KeyRotation;
  readonly #added: ReplacedKeys | undefined;

  /** `added`: in the transaction that makes a key because it is due. */
  constructor(database: IdentityDatabase, sealer: Sealer, clock: Clock, rotation: KeyRotation, added?: ReplacedKeys) {
    this.#database = database;
    this.#sealer = sealer;
    this.#clock = clock;
    this.#rotation = rotation;
    this.#added = added;
  }

  /** Every key that is published: first the one that signs now. Makes those that are due, and forgets those that have ended. */
  async current(): Promise<readonly SigningKey[]> {
    await this.#rotate(false);
    return this.#published();
  }

  /**
   * A new key signs from now on, whatever the schedule says: where one may have leaked. The old ones are withdrawn at once. `also`: in the same
   * transaction, with the ids of those that were published until now, and of the new one.
   */
  async replaceNow(also?: ReplacedKeys): Promise<readonly SigningKey[]> {
    await this.#rotate(true, also);
    return this.#published();
  }

  /** Another one as soon as other keys are published, or another one signs: whichever process brought that about. */
  async mark(): Promise<string> {
    const rows = await this.#rows();
    return this.#signingFirst(rows)
      .map(({ kid }) => kid)
      .join(" ");
  }

  async #published(): Promise<readonly SigningKey[]> {
    const rows = await this.#rows();
    const keys = this.#signingFirst(rows).flatMap((row) => this.#open(row));
    if (keys.length === 0 && rows.length > 0) throw new SealingKeyError("none of the secrets opens the signing keys");
    return keys;
  }

  #signingFirst(rows: readonly Row[]): readonly Row[] {
    const now = this.#nowSeconds();
    const signing = rows.findLast((row) => row.signs_from <= now) ?? rows[0];
    return signing === undefined ? [] : [signing, ...rows.filter((row) => row !== signing)];
  }

  #open(row: Row): SigningKey[] {
    const bytes = this.#sealer.open(keyContext(row.kid), row.private_jwk);
    if (bytes === undefined) return [];
    return [
      {
        kid: row.kid,
        privateJwk: JSON.parse(bytes.toString()) as Record<string, unknown>,
        publicJwk: JSON.parse(row.public_jwk) as Record<string, unknown>,
        signsFrom: row.signs_from,
      },
    ];
  }

  /** In one transaction under a lock, so that two servers make one key: where there is no row, none can be held. */
  async #rotate(replace: boolean, also = this.#added): Promise<void> {
    const now = this.#nowSeconds();
    const { everySeconds, publishedBeforeSeconds, publishedAfterSeconds } = this.#rotation;
    await this.#database.queries.transaction().execute(async (transaction) => {
      // The second server waits here until the first has written; on SQLite it does at the first write.
      if (this.#database.kind === "postgresql")
        await sql`lock table signing_key in exclusive mode`.execute(transaction);
      await transaction.deleteFrom("signing_key").where("published_until", "<=", now).execute();
      const rows = await transaction.selectFrom("signing_key").selectAll().orderBy("signs_from").execute();
      const newest = rows.at(-1);
      if (replace) await transaction.deleteFrom("signing_key").execute();
      const isFirst = newest === undefined || replace;
      if (!isFirst && newest.signs_from + everySeconds > now + publishedBeforeSeconds) return;
      const signsFrom = isFirst ? now : Math.max(now + publishedBeforeSeconds, newest.signs_from + everySeconds);
      const made = this.#newKey(now, signsFrom);
      await transaction.insertInto("signing_key").values(made).execute();
      await also?.(
        rows.map(({ kid }) => kid),
        made.kid,
        transaction,
      );
      if (isFirst) return;
      await transaction
        .updateTable("signing_key")
        .set({ published_until: signsFrom + publishedAfterSeconds })
        .where("kid", "=", newest.kid)
        .execute();
    });
  }

  #newKey(now: number, signsFrom: number): Row {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const publicJwk = publicKey.export({ format: "jwk" }) as Record<string, unknown>;
    const kid = jwkThumbprint(publicJwk) as string;
    const named = { kid, alg: ALGORITHM, use: "sig" };
    const privateText = JSON.stringify({ ...privateKey.export({ format: "jwk" }), ...named });
    return {
      kid,
      algorithm: ALGORITHM,
      public_jwk: JSON.stringify({ ...publicJwk, ...named }),
      private_jwk: this.#sealer.seal(keyContext(kid), Buffer.from(privateText)),
      created_at: now,
      signs_from: signsFrom,
      published_until: null,
    };
  }

  #rows(): Promise<Row[]> {
    return this.#database.queries
      .selectFrom("signing_key")
      .selectAll()
      .where((where) =>
        where.or([where("published_until", "is", null), where("published_until", ">", this.#nowSeconds())]),
      )
      .orderBy("signs_from")
      .execute();
  }

  #nowSeconds(): number {
    return Math.floor(this.#clock.nowMs() / 1000);
  }
}

export function keyContext(kid: string): string {
  return `signing key\n${kid}`;
}
