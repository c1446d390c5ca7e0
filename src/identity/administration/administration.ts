// What administrators do, in one place for API and commands.
import type { Accounts } from "../accounts/accounts.ts";
import type { Actor, Change } from "../changes/change-log.ts";
import type { SigningKeys } from "../keys/signing-keys.ts";
import type { ResourceSettings } from "../provider/settings.ts";
import { Bootstrap } from "./bootstrap.ts";
import { ClientAdministration } from "./client-administration.ts";
import { RoleAdministration } from "./role-administration.ts";
import type { AskedForPassword } from "./declared-users.ts";
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
  readonly #askForPassword: (asked: AskedForPassword) => void;
  readonly #keys: SigningKeys;

  /** `askForPassword`: by mail; one that cannot be handed over is told, and its holder can ask for another. */
  constructor(
    stores: Stores,
    together: Together,
    accounts: Accounts,
    keys: SigningKeys,
    askForPassword: (asked: AskedForPassword) => void,
  ) {
    this.#stores = stores;
    this.#together = together;
    this.#askForPassword = askForPassword;
    this.#keys = keys;
    this.users = new UserAdministration(stores, together, accounts);
    this.clients = new ClientAdministration(stores, together);
    this.roles = new RoleAdministration(stores, together);
    this.bootstrap = new Bootstrap(stores, together, accounts);
  }

  async takeOver(declared: Declared): Promise<void> {
    const asked = await takeOver(declared, this.#together);
    for (const one of asked) this.#askForPassword(one);
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
    const before = { keys: (await this.keys()).map(({ id }) => id) };
    await this.#keys.replaceNow();
    const shown = await this.keys();
    const after = { keys: shown.map(({ id }) => id) };
    const target = after.keys[0] as string;
    await this.#stores.changes.write({ actor, what: "replaced", targetKind: "key", target, before, after });
    return shown;
  }

  changes(limit: number, of: { target?: string | undefined; before?: number | undefined }): Promise<readonly Change[]> {
    return this.#stores.changes.list(limit, of);
  }
}
