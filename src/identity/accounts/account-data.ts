// All that is stored about an account, for its holder: as one object without a secret, and its end.
import { isLastAdministrator } from "../administration/last-administrator.ts";
import type { Together } from "../administration/stores.ts";
import type { ArtifactStore } from "../artifacts/artifact-store.ts";
import type { ChangeLog } from "../changes/change-log.ts";
import type { FactorStore } from "../factors/factor-store.ts";
import type { RecoveryCodes } from "../factors/recovery-codes.ts";
import type { Consents } from "../sessions/consents.ts";
import type { SessionStore } from "../sessions/session-store.ts";
import type { Account, AccountStore } from "./account-store.ts";
import type { Accounts } from "./accounts.ts";
import { accountDeletedMail, type MailMessage, type MailTexts } from "./mail.ts";
import type { SignInThrottle } from "./sign-in-throttle.ts";

export interface AccountDataParts {
  readonly accounts: Accounts;
  readonly accountStore: AccountStore;
  readonly artifacts: ArtifactStore;
  readonly changes: ChangeLog;
  readonly sessions: SessionStore;
  readonly consents: Consents;
  readonly factors: FactorStore;
  readonly recovery: RecoveryCodes;
  readonly throttle: SignInThrottle;
  readonly together: Together;
  readonly texts: MailTexts;
  readonly send: (message: MailMessage) => void;
}

/** The newest ones: of a year. */
const CHANGES_MAX = 1_000;

export class AccountData {
  readonly #parts: AccountDataParts;

  constructor(parts: AccountDataParts) {
    this.#parts = parts;
  }

  /** On record before anybody gets it. */
  async export(account: Account): Promise<Readonly<Record<string, unknown>>> {
    const { accounts, accountStore, artifacts, changes, sessions, consents, factors, recovery, throttle } = this.#parts;
    const { id } = account;
    const failures = await throttle.standing(account.email_key);
    const data = {
      account: {
        id,
        email: account.email,
        emailComparedAs: account.email_key,
        emailConfirmedAt: moment(account.email_verified_at),
        hasPassword: account.password !== null,
        passwordLengthMin: account.password_length_min,
        status: account.status,
        keptByConfiguration: account.declared === 1,
        createdAt: moment(account.created_at),
        updatedAt: moment(account.updated_at),
        sessionsEnded: account.sessions_generation,
      },
      roles: await accountStore.roles(id),
      secondFactors: (await factors.list(id)).map(({ name, kind, counter, created_at, used_at }) => ({
        name,
        kind,
        counter,
        addedAt: moment(created_at),
        usedAt: moment(used_at),
      })),
      recoveryCodesLeft: await recovery.left(id),
      sessions: (await sessions.list(id)).map(({ browser, network, created_at, seen_at }) => ({
        browser,
        network,
        since: moment(created_at),
        lastSeen: moment(seen_at),
      })),
      applications: (await consents.list(id)).map(({ since, ...consent }) => ({ ...consent, since: moment(since) })),
      // Codes, tokens, links and steps that are open: what they are, not what they hold.
      open: (await artifacts.openOf(id)).map(({ model, client_id, expires_at }) => ({
        kind: model,
        client: client_id,
        until: moment(expires_at),
      })),
      // What kind of actor it was; who stands behind it is not the holder's to know.
      changes: (await changes.list(CHANGES_MAX, { target: id })).map(({ madeAt, what, actor, before, after }) => ({
        at: moment(madeAt),
        what,
        by: actor.kind,
        before,
        after,
      })),
      signInFailures: failures === undefined ? null : { count: failures.failures, last: moment(failures.changed_at) },
    };
    await accounts.record(artifacts.database.queries, id, "What is stored about the account was exported.");
    return data;
  }

  /**
   * The address is free again. What was recorded of the account stays in the audit, by its identifier. Not of the last administrator: nobody could
   * make another. Nor one that the configuration names: the next start would make it again.
   */
  async remove(account: Account): Promise<"done" | "last-administrator" | "kept"> {
    const { accounts, together, throttle, texts, send } = this.#parts;
    const outcome = await together(async (stores) => {
      const now = await stores.accounts.byId(account.id);
      if (now === undefined) return "gone";
      if (now.declared === 1) return "kept";
      if (await isLastAdministrator(account, stores)) return "last-administrator";
      await stores.sessions.endAll(account.id, undefined, async (queries) => {
        await queries.deleteFrom("invitation").where("email_key", "=", account.email_key).execute();
        await queries.deleteFrom("account").where("id", "=", account.id).execute();
        await accounts.record(queries, account.id, "The account was deleted by its holder.");
      });
      return "done";
    });
    // By the same form, sent twice: that was told already, and the address may be somebody's by now.
    if (outcome === "gone") return "done";
    if (outcome !== "done") return outcome;
    await throttle.succeeded(account.email_key, undefined);
    send(accountDeletedMail(texts, account.email));
    return "done";
  }
}

function moment(seconds: number | null): string | null {
  return seconds === null ? null : new Date(seconds * 1000).toISOString();
}
