// The first administrator: by a link that whoever has the machine prints, good once and for a quarter of an hour. There is no default password.
import { randomBytes } from "node:crypto";
import type { Accounts } from "../accounts/accounts.ts";
import type { RegistrationFault } from "../accounts/credentials.ts";
import type { Actor } from "../changes/change-log.ts";
import { ADMINISTRATOR_ROLE } from "../roles/role-store.ts";
import { hasAdministrator } from "./last-administrator.ts";
import { type Refusal, refuse } from "./refusal.ts";
import type { Stores, Together } from "./stores.ts";

const MODEL = "Bootstrap";
const TOKEN_BYTES = 32;
const SECONDS = 900;
const BY_LINK: Actor = { kind: "link", id: "bootstrap" };

export interface BootstrapLink {
  readonly token: string;
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

export class Bootstrap {
  readonly #stores: Stores;
  readonly #together: Together;
  readonly #accounts: Accounts;

  constructor(stores: Stores, together: Together, accounts: Accounts) {
    this.#stores = stores;
    this.#together = together;
    this.#accounts = accounts;
  }

  /** One at a time: the link before ends. `another`: although there is an administrator. */
  issue(actor: Actor, another: boolean): Promise<BootstrapLink | Refusal> {
    return this.#together(async (stores) => {
      if (!another && (await hasAdministrator(stores))) return refuse("identity.administrator-known");
      const { artifacts, changes, database } = stores;
      await database.queries.deleteFrom("artifact").where("model", "=", MODEL).execute();
      const token = randomBytes(TOKEN_BYTES).toString("base64url");
      await artifacts.put(MODEL, token, { another }, SECONDS);
      await changes.write({ actor, what: "link-made", targetKind: "role", target: ADMINISTRATOR_ROLE });
      return { token, expiresAt: artifacts.nowSeconds() + SECONDS };
    });
  }

  isGood(token: string): Promise<boolean> {
    return isGood(token, this.#stores);
  }

  /** Makes the account with its role: of any number at once exactly one call does. */
  async redeem(token: string, email: string, password: string): Promise<"done" | "link" | "known" | RegistrationFault> {
    if (!(await this.isGood(token))) return "link";
    const made = await this.#accounts.credentials(email, password);
    if (typeof made === "string") return made;
    return this.#together(async (stores) => {
      const { accounts, artifacts, changes } = stores;
      if (!(await isGood(token, stores))) return "link";
      const before = await accounts.byEmail(made.address);
      // Whoever registered this address without ever confirming it proved nothing: it is made anew.
      if (before !== undefined && before.email_verified_at !== null) return "known";
      if (before !== undefined) {
        await stores.database.queries.deleteFrom("account").where("id", "=", before.id).execute();
      }
      if (!(await artifacts.consume(MODEL, token))) return "link";
      const account = await accounts.create(made.address, made.hash, made.lengthKept);
      if (account === undefined) return "known";
      const { id } = account;
      await accounts.verifyEmail(id);
      await accounts.addRole(id, ADMINISTRATOR_ROLE);
      const after = { status: account.status, roles: [ADMINISTRATOR_ROLE] };
      await changes.write({ actor: BY_LINK, what: "created", targetKind: "account", target: id, after });
      return "done";
    });
  }
}

/** A link that was printed before there was an administrator is of no use once there is one. */
async function isGood(token: string, stores: Stores): Promise<boolean> {
  const stored = await stores.artifacts.find(MODEL, token);
  if (stored === undefined || stored.consumed_at !== null) return false;
  const payload = stores.artifacts.open(stored);
  if (payload === undefined) return false;
  return payload["another"] === true || !(await hasAdministrator(stores));
}
