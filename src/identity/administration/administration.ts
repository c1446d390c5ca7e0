// What administrators do, in one place for API and commands.
import type { Accounts } from "../accounts/accounts.ts";
import type { Actor, Change } from "../changes/change-log.ts";
import type { SigningKeys } from "../keys/signing-keys.ts";
import type { ResourceSettings } from "../provider/settings.ts";
import { Bootstrap } from "./bootstrap.ts";
import { ClientAdministration } from "./client-administration.ts";
import { RoleAdministration } from "./role-administration.ts";
import type { PasswordWishes } from "./password-wishes.ts";
import { type Declared, takeOver } from "./seeding.ts";
import type { Stores, Together } from "./stores.ts";
import { UserAdministration } from "./user-administration.ts";

export interface ShownKey {
  readonly id: string;
  readonly state: "signs" | "published";
  readonly signsFrom: string;
}

export class Administration {
  readonly users: UserAdministration;
  readonly clients: ClientAdministration;
  readonly roles: RoleAdministration;
  readonly bootstrap: Bootstrap;
  readonly #stores: Stores;
  readonly #together: Together;
  readonly #wishes: PasswordWishes;
  readonly #mailFailed: (error: unknown) => void;
  readonly #keys: SigningKeys;

  /** `mailFailed`: hears of mails of a start; they are not waited for, and the next start writes them again. */
  constructor(
    stores: Stores,
    together: Together,
    accounts: Accounts,
    keys: SigningKeys,
    wishes: PasswordWishes,
    mailFailed: (error: unknown) => void,
  ) {
    this.#stores = stores;
    this.#together = together;
    this.#wishes = wishes;
    this.#mailFailed = mailFailed;
    this.#keys = keys;
    this.users = new UserAdministration(stores, together, accounts, wishes);
    this.clients = new ClientAdministration(stores, together);
    this.roles = new RoleAdministration(stores, together);
    this.bootstrap = new Bootstrap(stores, together, accounts);
  }

  async takeOver(declared: Declared): Promise<void> {
    for (const asked of await takeOver(declared, this.#together, this.#wishes)) {
      void this.#wishes.ask(asked).catch(this.#mailFailed);
    }
  }

  resources(): Promise<readonly ResourceSettings[]> {
    return this.#stores.resources.all();
  }

  async keys(): Promise<readonly ShownKey[]> {
    return (await this.#keys.current()).map(({ kid, signsFrom }, i) => ({
      id: kid,
      state: i === 0 ? "signs" : "published",
      signsFrom: new Date(signsFrom * 1000).toISOString(),
    }));
  }

  async replaceKeys(actor: Actor): Promise<readonly ShownKey[]> {
    const { changes } = this.#stores;
    await this.#keys.replaceNow((keys, target, queries) => {
      const state = { before: { keys }, after: { keys: [target] } };
      return changes.write({ actor, what: "replaced", targetKind: "key", target, ...state }, queries);
    });
    return this.keys();
  }

  changes(limit: number, of: { target?: string | undefined; before?: number | undefined }): Promise<readonly Change[]> {
    return this.#stores.changes.list(limit, of);
  }
}
