// Who changed what, in the database beside what was changed, until it is on record and for a year behind that.
import { randomUUID } from "node:crypto";
import type { Kysely, Selectable } from "kysely";
import type { IdentityDatabase } from "../database.ts";
import type { ChangeTable, IdentityTables } from "../tables.ts";

/** Who did it: an account or client by the API or a page, a user of the machine by a command, the configuration, a gate that saw a stolen token, a one-time link. */
export interface Actor {
  readonly kind: ChangeTable["actor_kind"];
  readonly id: string;
}

export interface NewChange {
  readonly actor: Actor;
  readonly what: string;
  readonly targetKind: ChangeTable["target_kind"];
  readonly target: string;
  /** What was different. No secrets, no addresses: what is deleted must not live on here. */
  readonly before?: Readonly<Record<string, unknown>> | undefined;
  readonly after?: Readonly<Record<string, unknown>> | undefined;
}

/** What was different, and what it is now. */
export type ChangedState = Pick<NewChange, "before" | "after">;

/** Takes what holders change of their own accounts, in a sentence, in the transaction of the change: without it there is no change. */
export type HeardChange = (
  queries: Kysely<IdentityTables>,
  accountId: string,
  what: string,
  state?: ChangedState,
) => Promise<void>;

export interface Change extends NewChange {
  readonly id: string;
  readonly sequence: number;
  /** Seconds since 1970. */
  readonly madeAt: number;
}

/** Whoever takes them hands them over within this time, or another does. */
const CLAIM_SECONDS = 5;
const TAKEN_MAX = 100;
const KEPT_SECONDS = 365 * 86_400;

export class ChangeLog {
  readonly #database: IdentityDatabase;
  readonly #nowSeconds: () => number;

  constructor(database: IdentityDatabase, nowSeconds: () => number) {
    this.#database = database;
    this.#nowSeconds = nowSeconds;
  }

  /** `queries`: of a transaction that it belongs to. */
  async write(
    { actor, what, targetKind, target, before, after }: NewChange,
    queries: Kysely<IdentityTables> = this.#database.queries,
  ): Promise<void> {
    const row = {
      id: randomUUID(),
      made_at: this.#nowSeconds(),
      actor_kind: actor.kind,
      actor: actor.id,
      what,
      target_kind: targetKind,
      target,
      before: before === undefined ? null : JSON.stringify(before),
      after: after === undefined ? null : JSON.stringify(after),
      claimed_until: null,
      recorded_at: null,
    };
    await queries.insertInto("change").values(row).execute();
  }

  /** Newest first; of one target, where one is named; those before a sequence number. */
  async list(
    limit: number,
    { target, before }: { readonly target?: string | undefined; readonly before?: number | undefined },
  ): Promise<readonly Change[]> {
    let query = this.#database.queries.selectFrom("change").selectAll().orderBy("sequence", "desc").limit(limit);
    if (target !== undefined) query = query.where("target", "=", target);
    if (before !== undefined) query = query.where("sequence", "<", before);
    return (await query.execute()).map(changeOf);
  }

  /** Those that are not on record yet, oldest first: of several servers one gets each, until its time is over. */
  async take(): Promise<readonly Change[]> {
    const now = this.#nowSeconds();
    const { queries } = this.#database;
    const open = await queries
      .selectFrom("change")
      .select("id")
      .where("recorded_at", "is", null)
      .where((where) => where.or([where("claimed_until", "is", null), where("claimed_until", "<=", now)]))
      .orderBy("sequence")
      .limit(TAKEN_MAX)
      .execute();
    if (open.length === 0) return [];
    const ids = open.map(({ id }) => id);
    const rows = await queries
      .updateTable("change")
      .set({ claimed_until: now + CLAIM_SECONDS })
      .where("id", "in", ids)
      .where("recorded_at", "is", null)
      .where((where) => where.or([where("claimed_until", "is", null), where("claimed_until", "<=", now)]))
      .returningAll()
      .execute();
    return rows.map(changeOf).toSorted((a, b) => a.sequence - b.sequence);
  }

  async recorded(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const { queries } = this.#database;
    await queries
      .updateTable("change")
      .set({ recorded_at: this.#nowSeconds() })
      .where("id", "in", [...ids])
      .execute();
  }

  async removeEnded(): Promise<void> {
    const ended = this.#nowSeconds() - KEPT_SECONDS;
    await this.#database.queries.deleteFrom("change").where("recorded_at", "<=", ended).execute();
  }
}

function changeOf(row: Selectable<ChangeTable>): Change {
  return {
    id: row.id,
    sequence: row.sequence,
    madeAt: row.made_at,
    actor: { kind: row.actor_kind, id: row.actor },
    what: row.what,
    targetKind: row.target_kind,
    target: row.target,
    before: parsed(row.before),
    after: parsed(row.after),
  };
}

function parsed(text: string | null): Readonly<Record<string, unknown>> | undefined {
  return text === null ? undefined : (JSON.parse(text) as Record<string, unknown>);
}

/** The members of two states that are not the same, for a change. */
export function differences(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): { readonly before: Record<string, unknown>; readonly after: Record<string, unknown> } | undefined {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );
  if (names.length === 0) return undefined;
  const pick = (state: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(names.filter((name) => state[name] !== undefined).map((name) => [name, state[name]]));
  return { before: pick(before), after: pick(after) };
}
