// One suite for both databases: SQLite in memory, PostgreSQL where Debian's is installed.
import { postgresPrograms, startPostgres } from "./postgres.ts";

export const DATABASES = [
  { name: "SQLite", kind: "sqlite" },
  { name: "PostgreSQL", kind: "postgresql" },
] as const;

export interface OpenedDatabase {
  readonly address: string | undefined;
  stop(): Promise<void>;
}

export function hasDatabase(kind: (typeof DATABASES)[number]["kind"]): boolean {
  return kind === "sqlite" || postgresPrograms() !== undefined;
}

export async function openDatabase(kind: (typeof DATABASES)[number]["kind"]): Promise<OpenedDatabase> {
  if (kind === "sqlite") return { address: undefined, stop: () => Promise.resolve() };
  const postgres = await startPostgres(postgresPrograms() as string);
  return { address: postgres.database("identity"), stop: () => postgres.stop() };
}
