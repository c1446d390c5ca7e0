// API resources in the database: the audiences of tokens, and what clients may ask for at each.
import type { IdentityDatabase } from "../database.ts";
import type { ResourceSettings } from "../provider/settings.ts";

export class ResourceStore {
  readonly #database: IdentityDatabase;
  readonly #nowSeconds: () => number;

  constructor(database: IdentityDatabase, nowSeconds: () => number) {
    this.#database = database;
    this.#nowSeconds = nowSeconds;
  }

  async all(): Promise<readonly ResourceSettings[]> {
    const rows = await this.#database.queries.selectFrom("resource").selectAll().orderBy("audience").execute();
    return rows.map(({ audience, scopes }) => ({ audience, scopes: JSON.parse(scopes) as string[] }));
  }

  async put({ audience, scopes }: ResourceSettings): Promise<void> {
    const values = { scopes: JSON.stringify(scopes), updated_at: this.#nowSeconds() };
    await this.#database.queries
      .insertInto("resource")
      .values({ audience, ...values })
      .onConflict((conflict) => conflict.column("audience").doUpdateSet(values))
      .execute();
  }

  async remove(audience: string): Promise<void> {
    await this.#database.queries.deleteFrom("resource").where("audience", "=", audience).execute();
  }
}
