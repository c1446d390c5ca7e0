// Roles in the database: those of `authorization.roles`, as the configuration keeps them, and the one of administrators.
import type { IdentityDatabase } from "../database.ts";

export interface Role {
  readonly name: string;
  readonly includes: readonly string[];
  readonly permissions: readonly string[];
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

  async all(): Promise<readonly Role[]> {
    const rows = await this.#database.queries.selectFrom("role").selectAll().orderBy("name").execute();
    return rows.map(({ name, includes, permissions }) => ({
      name,
      includes: JSON.parse(includes) as string[],
      permissions: JSON.parse(permissions) as string[],
    }));
  }

  async put({ name, includes, permissions }: Role): Promise<void> {
    const values = {
      includes: JSON.stringify(includes),
      permissions: JSON.stringify(permissions),
      declared: 1,
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
}
