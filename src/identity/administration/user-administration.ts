// Accounts as administrators keep them: whoever does it, by the same rules and with a change on record.
import type { Account } from "../accounts/account-store.ts";
import type { Accounts } from "../accounts/accounts.ts";
import { type EmailAddress, emailAddress } from "../accounts/email-address.ts";
import type { Actor } from "../changes/change-log.ts";
import { ADMINISTRATOR_ROLE } from "../roles/role-store.ts";
import { isLastAdministrator } from "./last-administrator.ts";
import type { PasswordWishes } from "./password-wishes.ts";
import { isRefusal, type Refusal, refuse } from "./refusal.ts";
import type { Stores, Together } from "./stores.ts";
import { searchUsers, type UserSearch } from "./user-search.ts";
import { versionOf } from "./version-of.ts";

/** An account as it is shown. */
export interface ShownUser {
  readonly id: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly status: Account["status"];
  readonly roles: readonly string[];
  readonly createdAt: string;
  /** Then status and roles are changed there only. */
  readonly keptByConfiguration: boolean;
}

export interface ChangeOptions {
  readonly actor: Actor;
  /** Of what the administrator saw; left out where that does not matter. */
  readonly version?: string | undefined;
  /** By whoever has the machine: also the last administrator. */
  readonly evenLast?: boolean | undefined;
}

type Changing = (account: Account, stores: Stores) => Promise<Refusal | undefined>;

const KEPT = refuse("identity.kept-by-configuration", "It stands under identity.users.");

export class UserAdministration {
  readonly #stores: Stores;
  readonly #together: Together;
  readonly #accounts: Accounts;
  readonly #wishes: PasswordWishes;

  constructor(stores: Stores, together: Together, accounts: Accounts, wishes: PasswordWishes) {
    this.#stores = stores;
    this.#together = together;
    this.#accounts = accounts;
    this.#wishes = wishes;
  }

  async search(search: UserSearch): Promise<{ users: readonly ShownUser[]; next: string | undefined }> {
    const { accounts, rolesOf, next } = await searchUsers(this.#stores, search);
    return { users: accounts.map((account) => shown(account, rolesOf(account.id))), next };
  }

  async find(id: string): Promise<ShownUser | Refusal> {
    const account = await this.#stores.accounts.byId(id);
    if (account === undefined) return refuse("identity.user-unknown");
    return shown(account, await this.#stores.accounts.roles(id));
  }

  /** By its address, as people know it. */
  byEmail(email: EmailAddress): Promise<Account | undefined> {
    return this.#stores.accounts.byEmail(email);
  }

  /** The address counts as confirmed. Without a password a mail asks its holder for one. */
  async add(
    { email, password, roles = [] }: { email: string; password?: string | undefined; roles?: readonly string[] },
    actor: Actor,
  ): Promise<ShownUser | Refusal> {
    const address = emailAddress(email);
    if (address === undefined) return refuse("identity.email-invalid");
    const made = password === undefined ? undefined : await this.#accounts.credentials(email, password);
    if (typeof made === "string") return refuse("identity.password-rejected", made);
    const outcome = await this.#together(async (stores) => {
      const stranger = await unknownRole(roles, stores);
      if (stranger !== undefined) return stranger;
      // Whoever signed up with it without ever confirming it is somebody else, or forgot it.
      const gone = await stores.accounts.removeUnconfirmedOf(address);
      if (gone !== undefined)
        await stores.changes.write({ actor, what: "removed", targetKind: "account", target: gone });
      const account = await stores.accounts.create(address, made?.hash ?? null, made?.lengthKept ?? null);
      if (account === undefined) return refuse("identity.user-known");
      await stores.accounts.verifyEmail(account.id);
      for (const role of roles) await stores.accounts.addRole(account.id, role);
      const after = { status: account.status, roles: roles.toSorted() };
      await stores.changes.write({ actor, what: "created", targetKind: "account", target: account.id, after });
      const asked = made === undefined ? await this.#wishes.of(account, stores) : [];
      const user = shown((await stores.accounts.byId(account.id)) as Account, await stores.accounts.roles(account.id));
      return { user, asked };
    });
    if (isRefusal(outcome)) return outcome;
    const mails = await Promise.allSettled(outcome.asked.map((asked) => this.#wishes.ask(asked)));
    return mails.some(({ status }) => status === "rejected") ? refuse("identity.mail-failed") : outcome.user;
  }

  enable(id: string, options: ChangeOptions): Promise<ShownUser | Refusal> {
    return this.#setStatus(id, "active", "enabled", options);
  }

  /** Ends everything that the account has open. */
  disable(id: string, options: ChangeOptions): Promise<ShownUser | Refusal> {
    return this.#setStatus(id, "disabled", "disabled", options);
  }

  /** Exactly these, from now on. Tokens that carry one that was taken away are ended. */
  setRoles(id: string, wanted: readonly string[], options: ChangeOptions): Promise<ShownUser | Refusal> {
    return this.#changeRoles(id, () => wanted, options);
  }

  grant(id: string, role: string, options: ChangeOptions): Promise<ShownUser | Refusal> {
    return this.#changeRoles(id, (roles) => [...roles, role], options);
  }

  ungrant(id: string, role: string, options: ChangeOptions): Promise<ShownUser | Refusal> {
    return this.#changeRoles(id, (roles) => roles.filter((name) => name !== role), options);
  }

  signOut(id: string, { actor }: ChangeOptions): Promise<ShownUser | Refusal> {
    return this.#change(id, undefined, async (account, stores) => {
      await stores.sessions.endAll(id);
      await stores.changes.write({ actor, what: "signed-out", targetKind: "account", target: account.id });
      return undefined;
    });
  }

  /** For who lost them all: the password alone signs in again, and whoever was signed in is not any more. The holder is told. */
  async resetFactors(id: string, { actor }: ChangeOptions): Promise<ShownUser | Refusal> {
    let holder: Account | undefined;
    const outcome = await this.#change(id, undefined, async (account, stores) => {
      holder = account;
      const kinds = (await stores.factors.list(id)).map(({ kind }) => kind);
      await stores.factors.removeAll(id);
      await stores.recovery.removeAll(id);
      await stores.sessions.endAll(id);
      const state = { before: { factors: kinds }, after: { factors: [] } };
      await stores.changes.write({ actor, what: "factors-reset", targetKind: "account", target: id, ...state });
      return undefined;
    });
    if (holder !== undefined) this.#accounts.notify(holder, "An administrator took your second factors away.");
    return outcome;
  }

  /** The account, and all that belongs to it. */
  async remove(id: string, options: ChangeOptions): Promise<ShownUser | Refusal> {
    const { actor, evenLast = false } = options;
    return this.#together(async (stores) => {
      const account = await stores.accounts.byId(id);
      if (account === undefined) return refuse("identity.user-unknown");
      const before = shown(account, await stores.accounts.roles(id));
      const late = lateFor(options.version, before);
      if (late !== undefined) return late;
      if (account.declared === 1) return KEPT;
      if (!evenLast && (await isLastAdministrator(account, stores))) return refuse("identity.last-administrator");
      await stores.sessions.endAll(id, undefined, async (queries) => {
        await queries.deleteFrom("invitation").where("email_key", "=", account.email_key).execute();
        await queries.deleteFrom("account").where("id", "=", id).execute();
      });
      const state = { before: { status: before.status, roles: before.roles } };
      await stores.changes.write({ actor, what: "removed", targetKind: "account", target: id, ...state });
      return before;
    });
  }

  #setStatus(
    id: string,
    status: Account["status"],
    what: string,
    { actor, version, evenLast = false }: ChangeOptions,
  ): Promise<ShownUser | Refusal> {
    return this.#change(id, version, async (account, stores) => {
      if (account.declared === 1) return KEPT;
      if (account.status === status) return undefined;
      if (status === "disabled" && !evenLast && (await isLastAdministrator(account, stores))) {
        return refuse("identity.last-administrator");
      }
      await stores.accounts.setStatus(id, status);
      if (status === "disabled") await stores.sessions.endAll(id);
      const state = { before: { status: account.status }, after: { status } };
      await stores.changes.write({ actor, what, targetKind: "account", target: id, ...state });
      return undefined;
    });
  }

  #changeRoles(
    id: string,
    change: (roles: readonly string[]) => readonly string[],
    { actor, version, evenLast = false }: ChangeOptions,
  ): Promise<ShownUser | Refusal> {
    return this.#change(id, version, async (account, stores) => {
      if (account.declared === 1) return KEPT;
      const before = await stores.accounts.roles(id);
      const after = [...new Set(change(before))].sort();
      const added = after.filter((role) => !before.includes(role));
      const lost = before.filter((role) => !after.includes(role));
      const stranger = await unknownRole(added, stores);
      if (stranger !== undefined) return stranger;
      if (added.length + lost.length === 0) return undefined;
      if (lost.includes(ADMINISTRATOR_ROLE) && !evenLast && (await isLastAdministrator(account, stores))) {
        return refuse("identity.last-administrator");
      }
      for (const role of added) await stores.accounts.addRole(id, role);
      for (const role of lost) await stores.accounts.removeRole(id, role);
      if (lost.length > 0) await stores.revocations.revokeAccount(id);
      const state = { before: { roles: before }, after: { roles: after } };
      await stores.changes.write({ actor, what: "roles-changed", targetKind: "account", target: id, ...state });
      return undefined;
    });
  }

  #change(id: string, version: string | undefined, work: Changing): Promise<ShownUser | Refusal> {
    return this.#together(async (stores) => {
      const account = await stores.accounts.byId(id);
      if (account === undefined) return refuse("identity.user-unknown");
      const late = lateFor(version, shown(account, await stores.accounts.roles(id)));
      if (late !== undefined) return late;
      const refusal = await work(account, stores);
      if (refusal !== undefined && isRefusal(refusal)) return refusal;
      return shown((await stores.accounts.byId(id)) as Account, await stores.accounts.roles(id));
    });
  }
}

async function unknownRole(wanted: readonly string[], { roles }: Stores): Promise<Refusal | undefined> {
  const known = (await roles.all()).map(({ name }) => name);
  const stranger = wanted.find((role) => !known.includes(role));
  return stranger === undefined ? undefined : refuse("identity.role-unknown", `${stranger} is no role.`);
}

function lateFor(version: string | undefined, user: ShownUser): Refusal | undefined {
  return version === undefined || version === versionOf(user) ? undefined : refuse("identity.changed-meanwhile");
}

function shown(account: Account, roles: readonly string[]): ShownUser {
  return {
    id: account.id,
    email: account.email,
    emailVerified: account.email_verified_at !== null,
    status: account.status,
    roles,
    createdAt: new Date(account.created_at * 1000).toISOString(),
    keptByConfiguration: account.declared === 1,
  };
}
