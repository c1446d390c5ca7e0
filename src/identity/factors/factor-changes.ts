// What holders change of their second factors: each change written together with its record, then told to the holder.
import type { Account } from "../accounts/account-store.ts";
import type { Accounts } from "../accounts/accounts.ts";
import type { PasswordPolicy } from "../accounts/password-policy.ts";
import type { Stores, Together } from "../administration/stores.ts";
import type { Passkeys } from "./passkeys.ts";
import type { Enrolment, SecondFactors } from "./second-factors.ts";

export interface FactorChangeParts {
  readonly accounts: Accounts;
  readonly secondFactors: SecondFactors;
  readonly passkeys: Passkeys;
  readonly policy: PasswordPolicy;
  /** One after the other: how many there are decides what may be done. */
  readonly together: Together;
}

/** A factor that was added. Codes come with the first one only, and are shown once. */
export interface AddedFactor {
  readonly codes: readonly string[] | undefined;
}

export class FactorChanges {
  readonly #parts: FactorChangeParts;

  constructor(parts: FactorChangeParts) {
    this.#parts = parts;
  }

  /** Undefined where the code is not that of now. */
  addApp(account: Account, enrolment: Enrolment, code: string, name: string): Promise<AddedFactor | undefined> {
    return this.#add(account, "authenticator app", (stores) =>
      this.#parts.secondFactors.within(stores).confirmTotp(account.id, enrolment, code, name),
    );
  }

  /** Undefined where the browser's answer does not hold. */
  async addPasskey(account: Account, answer: string, binding: string, name: string): Promise<AddedFactor | undefined> {
    const factor = await this.#parts.passkeys.registered(account, answer, binding, name);
    if (factor === undefined) return undefined;
    return this.#add(account, "passkey", ({ factors }) => factors.add(factor));
  }

  /** Undefined where there is no factor that they would stand in for. */
  async replaceCodes(account: Account): Promise<readonly string[] | undefined> {
    const { accounts, together } = this.#parts;
    const what = "The recovery codes were replaced.";
    const codes = await together(async ({ factors, recovery, database: { queries } }) => {
      if (!(await factors.has(account.id))) return undefined;
      await accounts.record(queries, account.id, what);
      return recovery.replace(account.id);
    });
    if (codes !== undefined) accounts.notify(account, what);
    return codes;
  }

  /** short: the password may not stand alone. unknown: the account has no such factor. */
  async remove(account: Account, id: string): Promise<"done" | "short" | "unknown"> {
    const { accounts, secondFactors, policy, together } = this.#parts;
    const what = "A second factor was removed.";
    const outcome = await together(async (stores) => {
      const before = await kindsOf(account, stores);
      const { password_length_min: length } = (await stores.accounts.byId(account.id)) ?? account;
      if (before.length === 1 && !policy.mayStandAlone(length)) return "short";
      if (!(await secondFactors.within(stores).remove(account.id, id))) return "unknown";
      await this.#record(stores, account, what, before);
      return "done";
    });
    if (outcome === "done") accounts.notify(account, what);
    return outcome;
  }

  async #add(
    account: Account,
    name: string,
    add: (stores: Stores) => Promise<boolean>,
  ): Promise<AddedFactor | undefined> {
    const { accounts, secondFactors, together } = this.#parts;
    const what = `A second factor was added: ${name}.`;
    const added = await together(async (stores) => {
      const before = await kindsOf(account, stores);
      if (!(await add(stores))) return undefined;
      await this.#record(stores, account, what, before);
      return { codes: await secondFactors.within(stores).recoveryCodesFor(account.id) };
    });
    if (added !== undefined) accounts.notify(account, what);
    return added;
  }

  /** `before`: the kinds of factor that there were. */
  async #record(stores: Stores, account: Account, what: string, before: readonly string[]): Promise<void> {
    const state = { before: { factors: before }, after: { factors: await kindsOf(account, stores) } };
    await this.#parts.accounts.record(stores.database.queries, account.id, what, state);
  }
}

/** Oldest first. */
async function kindsOf({ id }: Account, { factors }: Stores): Promise<readonly string[]> {
  return (await factors.list(id)).map(({ kind }) => kind);
}
