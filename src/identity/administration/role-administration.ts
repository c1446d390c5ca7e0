// Roles as administrators make them: names for several roles of the configuration, which alone the gate checks.
import type { Actor } from "../changes/change-log.ts";
import { ADMINISTRATOR_ROLE, type StoredRole } from "../roles/role-store.ts";
import { isRefusal, type Refusal, refuse } from "./refusal.ts";
import type { Stores, Together } from "./stores.ts";
import { versionOf } from "./version-of.ts";

/** A role as it is shown. */
export interface ShownRole {
  readonly name: string;
  readonly includes: readonly string[];
  readonly permissions: readonly string[];
  readonly keptByConfiguration: boolean;
}

/** No control characters, no spaces at the ends, nothing that a list in a command would cut. */
const ROLE_NAME = /^[\w][\w .:/-]{0,98}[\w]$|^\w$/;

export class RoleAdministration {
  readonly #stores: Stores;
  readonly #together: Together;

  constructor(stores: Stores, together: Together) {
    this.#stores = stores;
    this.#together = together;
  }

  async list(): Promise<readonly ShownRole[]> {
    return (await this.#stores.roles.all()).map(shown);
  }

  async find(name: string): Promise<ShownRole | Refusal> {
    const role = await this.#stores.roles.find(name);
    return role === undefined ? refuse("identity.role-missing") : shown(role);
  }

  add(name: string, includes: readonly string[], actor: Actor): Promise<ShownRole | Refusal> {
    return this.#together(async (stores) => {
      if (!ROLE_NAME.test(name)) {
        return refuse(
          "identity.role-invalid",
          "A name has 1 to 100 letters, digits, spaces, dots, colons, slashes, hyphens.",
        );
      }
      if ((await stores.roles.find(name)) !== undefined) return refuse("identity.role-known");
      const described = await describedRole(name, includes, stores);
      if (isRefusal(described)) return described;
      await stores.roles.put(described);
      const after = { includes: described.includes };
      await stores.changes.write({ actor, what: "created", targetKind: "role", target: name, after });
      return shown(described);
    });
  }

  /** Tokens of whoever loses something by it are ended. */
  change(name: string, includes: readonly string[], actor: Actor, version?: string): Promise<ShownRole | Refusal> {
    return this.#changed(name, version, async (before, stores) => {
      const after = await describedRole(name, includes, stores);
      if (isRefusal(after)) return after;
      if (JSON.stringify(after.includes) === JSON.stringify(before.includes)) return shown(before);
      await stores.roles.put(after);
      const isLess = before.includes.some((one) => !after.includes.includes(one));
      if (isLess) await endTokensOf(name, stores);
      const state = { before: { includes: before.includes }, after: { includes: after.includes } };
      await stores.changes.write({ actor, what: "changed", targetKind: "role", target: name, ...state });
      return shown(after);
    });
  }

  /** Whoever has it, or is offered it, has it no longer. */
  remove(name: string, actor: Actor, version?: string): Promise<ShownRole | Refusal> {
    return this.#changed(name, version, async (before, stores) => {
      await endTokensOf(name, stores);
      await stores.roles.removeOfAdministrators(name);
      const state = { before: { includes: before.includes } };
      await stores.changes.write({ actor, what: "removed", targetKind: "role", target: name, ...state });
      return shown(before);
    });
  }

  #changed(
    name: string,
    version: string | undefined,
    work: (before: StoredRole, stores: Stores) => Promise<ShownRole | Refusal>,
  ): Promise<ShownRole | Refusal> {
    return this.#together(async (stores) => {
      const before = await stores.roles.find(name);
      if (before === undefined) return refuse("identity.role-missing");
      if (before.isDeclared) return refuse("identity.kept-by-configuration", "It stands under authorization.roles.");
      if (version !== undefined && version !== versionOf(shown(before))) return refuse("identity.changed-meanwhile");
      return work(before, stores);
    });
  }
}

/** It permits what roles of the configuration do, and nothing else: no role is made here that the gate does not know. */
async function describedRole(
  name: string,
  includes: readonly string[],
  { roles }: Stores,
): Promise<StoredRole | Refusal> {
  const wanted = [...new Set(includes)].sort();
  if (wanted.length === 0)
    return refuse("identity.role-invalid", "It includes at least one role of the configuration.");
  if (wanted.includes(ADMINISTRATOR_ROLE)) {
    return refuse("identity.role-invalid", `${ADMINISTRATOR_ROLE} is given by itself: who has it must be seen.`);
  }
  const declared = (await roles.all()).filter(({ isDeclared }) => isDeclared).map((role) => role.name);
  const stranger = wanted.find((role) => !declared.includes(role));
  if (stranger !== undefined) return refuse("identity.role-unknown", `${stranger} is no role of the configuration.`);
  return { name, includes: wanted, permissions: [], isDeclared: false };
}

async function endTokensOf(role: string, { accounts, revocations }: Stores): Promise<void> {
  for (const id of await accounts.withRole(role)) await revocations.revokeAccount(id);
}

function shown({ name, includes, permissions, isDeclared }: StoredRole): ShownRole {
  return { name, includes, permissions, keptByConfiguration: isDeclared };
}
