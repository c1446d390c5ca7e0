// Roles in the database: those of `authorization.roles`, as the configuration keeps them, those of administrators, and the one that makes one.
import type { Selectable } from "kysely";
import type { IdentityDatabase } from "../database.ts";
import type { RoleTable } from "../tables.ts";

export interface Role {
  readonly name: string;
  readonly includes: readonly string[];
  readonly permissions: readonly string[];
}

export interface StoredRole extends Role {
  /** By the configuration: the gate knows it. Else it stands for those that it includes. */
  readonly isDeclared: boolean;
}

/** Whoever has it administers accounts and clients; always there, whatever the configuration names. */
export const ADMINISTRATOR_ROLE = "identity-administrator";

export class RoleStore {
  readonly #database: IdentityDatabase;
  readonly #nowSeconds: () => number;

  constructor(database: IdentityDatabase, nowSeconds: () => number) {
    this.#database = database;
    this.#nowSeconds = nowSeconds;
  }

  async all(): Promise<readonly StoredRole[]> {
    const rows = await this.#database.queries.selectFrom("role").selectAll().orderBy("name").execute();
    return rows.map(roleOf);
  }

  async find(name: string): Promise<StoredRole | undefined> {
    const row = await this.#database.queries.selectFrom("role").selectAll().where("name", "=", name).executeTakeFirst();
    return row === undefined ? undefined : roleOf(row);
  }

  async put({ name, includes, permissions, isDeclared }: StoredRole): Promise<void> {
    const values = {
      includes: JSON.stringify(includes),
      permissions: JSON.stringify(permissions),
      declared: isDeclared ? 1 : 0,
      updated_at: this.#nowSeconds(),
    };
    await this.#database.queries
      .insertInto("role")
      .values({ name, ...values })
      .onConflict((conflict) => conflict.column("name").doUpdateSet(values))
      .execute();
  }

  async remove(name: string): Promise<void> {
    await this.#database.queries.deleteFrom("role").where("name", "=", name).execute();
  }

  /** With who has it and who is offered it: another that is called so one day is given to nobody by that. */
  async removeOfAdministrators(name: string): Promise<void> {
    const { queries } = this.#database;
    await queries.deleteFrom("account_role").where("role", "=", name).execute();
    for (const { id, roles } of await queries.selectFrom("invitation").select(["id", "roles"]).execute()) {
      const offered = JSON.parse(roles) as string[];
      if (!offered.includes(name)) continue;
      const left = JSON.stringify(offered.filter((role) => role !== name));
      await queries.updateTable("invitation").set({ roles: left }).where("id", "=", id).execute();
    }
    await this.remove(name);
  }
}

function roleOf({ name, includes, permissions, declared }: Selectable<RoleTable>): StoredRole {
  return {
    name,
    includes: JSON.parse(includes) as string[],
    permissions: JSON.parse(permissions) as string[],
    isDeclared: declared === 1,
  };
}
