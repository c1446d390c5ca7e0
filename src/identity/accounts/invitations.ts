// Invitations: an account that is offered to an address, with its roles, by a link that is good once and for a week.
import { randomBytes, randomUUID } from "node:crypto";
import type { ArtifactStore } from "../artifacts/artifact-store.ts";
import type { Actor, ChangeLog, HeardChange } from "../changes/change-log.ts";
import { inTransaction } from "../database.ts";
import type { AccountStore } from "./account-store.ts";
import { type EmailAddress, emailAddress } from "./email-address.ts";
import { invitationMail, type Mail, type MailTexts } from "./mail.ts";
import type { PasswordHasher } from "./password-hash.ts";
import type { PasswordPolicy } from "./password-policy.ts";
import type { PasswordFault } from "./password-rules.ts";

export interface Invitation {
  readonly id: string;
  readonly email: string;
  readonly roles: readonly string[];
  readonly createdAt: number;
  readonly expiresAt: number;
}

export interface InvitationParts {
  readonly registration: "open" | "invitation" | "closed";
  readonly accounts: AccountStore;
  readonly artifacts: ArtifactStore;
  readonly hasher: PasswordHasher;
  readonly policy: PasswordPolicy;
  readonly mail: Mail;
  readonly texts: MailTexts;
  readonly changes: ChangeLog;
  /** Takes the account that was made, for the record. */
  readonly changed: HeardChange;
}

const TOKEN_BYTES = 32;
const INVITATION_SECONDS = 7 * 86_400;

export class Invitations {
  readonly #parts: InvitationParts;

  constructor(parts: InvitationParts) {
    this.#parts = parts;
  }

  /**
   * By an administrator, who is told whether the address has an account. One that is open for the address is replaced: its link ends. The
   * roles are the caller's to judge. Rejects where the mail could not be handed over; the invitation is on record then, and another one takes its place.
   */
  async invite(
    email: string,
    roles: readonly string[],
    actor: Actor,
  ): Promise<Invitation | "closed" | "email" | "known"> {
    const { registration, accounts, artifacts, changes, mail, texts } = this.#parts;
    if (registration === "closed") return "closed";
    const address = emailAddress(email);
    if (address === undefined) return "email";
    const known = await accounts.byEmail(address);
    if (known !== undefined && known.email_verified_at !== null) return "known";
    const token = randomBytes(TOKEN_BYTES).toString("base64url");
    const now = artifacts.nowSeconds();
    const row = {
      id: randomUUID(),
      email: address.address,
      email_key: address.key,
      token_hash: artifacts.sealer.hash("invitation", token),
      roles: JSON.stringify([...new Set(roles)].sort()),
      created_at: now,
      expires_at: now + INVITATION_SECONDS,
    };
    const invitation = invitationOf(row);
    await inTransaction(artifacts.database, async (queries) => {
      await queries
        .insertInto("invitation")
        .values(row)
        .onConflict((conflict) => conflict.column("email_key").doUpdateSet(row))
        .execute();
      // By its id: whom it went to is not recorded.
      const after = { roles: invitation.roles };
      await changes.write({ actor, what: "invited", targetKind: "account", target: row.id, after }, queries);
    });
    await mail.send(invitationMail(texts, address.address, token));
    return invitation;
  }

  /** Those that are open, by address. */
  async list(): Promise<readonly Invitation[]> {
    const { database, nowSeconds } = this.#open();
    const rows = await database.queries
      .selectFrom("invitation")
      .selectAll()
      .where("expires_at", ">", nowSeconds)
      .orderBy("email_key")
      .execute();
    return rows.map(invitationOf);
  }

  /** Whether there was one that is open. */
  withdraw(email: string, actor: Actor): Promise<boolean> {
    const { database, nowSeconds } = this.#open();
    return inTransaction(database, async (queries) => {
      const row = await queries
        .deleteFrom("invitation")
        .where("email_key", "=", emailAddress(email)?.key ?? "")
        .where("expires_at", ">", nowSeconds)
        .returning(["id", "roles"])
        .executeTakeFirst();
      if (row === undefined) return false;
      const state = { before: { roles: JSON.parse(row.roles) as string[] } };
      const change = { actor, what: "uninvited", targetKind: "account", target: row.id, ...state } as const;
      await this.#parts.changes.write(change, queries);
      return true;
    });
  }

  /** The address that a link was sent to, while it is good. */
  async emailOf(token: string): Promise<string | undefined> {
    return (await this.#find(token))?.email;
  }

  /** Makes the account, confirmed, with its roles: of any number at once exactly one call does. */
  async accept(token: string, password: string): Promise<"done" | "token" | PasswordFault> {
    const { hasher, policy } = this.#parts;
    const found = await this.#find(token);
    if (found === undefined) return "token";
    const address: EmailAddress = { address: found.email, key: found.email_key };
    const fault = await policy.fault(password, address, false);
    if (fault !== undefined) return fault;
    const hash = await hasher.hash(password);
    const accountId = await this.#make(found.id, found.token_hash, hash, policy.lengthKept(password));
    if (accountId === undefined) return "token";
    return "done";
  }

  async removeEnded(): Promise<void> {
    const { database, nowSeconds } = this.#open();
    await database.queries.deleteFrom("invitation").where("expires_at", "<=", nowSeconds).execute();
  }

  #make(id: string, tokenHash: string, password: string, lengthMin: number | null): Promise<string | undefined> {
    const { database, nowSeconds: now } = this.#open();
    return inTransaction(database, async (queries) => {
      const row = await queries
        .deleteFrom("invitation")
        .where("id", "=", id)
        .where("token_hash", "=", tokenHash)
        .returning(["email", "email_key", "roles"])
        .executeTakeFirst();
      if (row === undefined) return undefined;
      // Whoever registered this address without ever confirming it is somebody else: the link came by its mailbox.
      await queries
        .deleteFrom("account")
        .where("email_key", "=", row.email_key)
        .where("email_verified_at", "is", null)
        .execute();
      const accountId = randomUUID();
      const { numInsertedOrUpdatedRows } = await queries
        .insertInto("account")
        .values({
          id: accountId,
          email: row.email,
          email_key: row.email_key,
          email_verified_at: now,
          password,
          status: "active",
          created_at: now,
          updated_at: now,
          sessions_generation: 0,
          password_length_min: lengthMin,
          declared: 0,
          declared_password: null,
        })
        .onConflict((conflict) => conflict.column("email_key").doNothing())
        .executeTakeFirst();
      if (numInsertedOrUpdatedRows !== 1n) return undefined;
      const roles = JSON.parse(row.roles) as string[];
      const given = roles.map((role) => ({ account_id: accountId, role, created_at: now }));
      if (given.length > 0) await queries.insertInto("account_role").values(given).execute();
      const state = { after: { status: "active", roles } };
      await this.#parts.changed(queries, accountId, "The account was made by an invitation.", state);
      return accountId;
    });
  }

  #find(token: string) {
    const { database, nowSeconds } = this.#open();
    return database.queries
      .selectFrom("invitation")
      .selectAll()
      .where("token_hash", "in", [...this.#parts.artifacts.sealer.hashes("invitation", token)])
      .where("expires_at", ">", nowSeconds)
      .executeTakeFirst();
  }

  #open() {
    const { artifacts } = this.#parts;
    return { database: artifacts.database, nowSeconds: artifacts.nowSeconds() };
  }
}

function invitationOf(row: {
  readonly id: string;
  readonly email: string;
  readonly roles: string;
  readonly created_at: number;
  readonly expires_at: number;
}): Invitation {
  return {
    id: row.id,
    email: row.email,
    roles: JSON.parse(row.roles) as string[],
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}
