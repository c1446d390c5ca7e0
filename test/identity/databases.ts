// One suite for both databases: SQLite in memory, PostgreSQL where Debian's is installed, where two servers share it.
import { afterAll, beforeAll } from "vitest";
import { type Clock, systemClock } from "../../src/core/clock.ts";
import { postgresPrograms, type RunningPostgres, startPostgres } from "./postgres.ts";
import { declareClients, serveIdentity, type Serving, type ServingOptions } from "./serving.ts";

export const DATABASES = [
  { name: "SQLite", kind: "sqlite" },
  { name: "PostgreSQL", kind: "postgresql" },
] as const;

/** What a suite works with; the servers are there once its tests run. */
export class Servers {
  readonly isHere: boolean;
  /** How far their clock is ahead. */
  aheadMs = 0;
  /** Its time goes on with the machine's, unless a test counts seconds: then it stands, but for what it is ahead. */
  standsAtMs: number | undefined;
  readonly clock: Clock = {
    ...systemClock,
    nowMs: () => (this.standsAtMs ?? systemClock.nowMs()) + this.aheadMs,
  };
  #serving: Serving | undefined;
  #other: Serving | undefined;
  #postgres: RunningPostgres | undefined;

  constructor(isHere: boolean) {
    this.isHere = isHere;
  }

  get serving(): Serving {
    return this.#serving as Serving;
  }

  /** Another server of the same database and name, where that can be; else the same. */
  get other(): Serving {
    return this.#other ?? this.serving;
  }

  async start(kind: (typeof DATABASES)[number]["kind"], more: ServingOptions): Promise<void> {
    const options = { host: "localhost", ...more } as const;
    if (kind === "postgresql") this.#postgres = await startPostgres(postgresPrograms() as string);
    const address = this.#postgres?.database("identity");
    this.#serving = await serveIdentity(address, this.clock, options);
    const { secret, issuer } = this.#serving;
    if (address !== undefined) this.#other = await serveIdentity(address, this.clock, { ...options, secret, issuer });
    await declareClients(this.#serving.identity);
  }

  async stop(): Promise<void> {
    await this.#other?.close();
    await this.#serving?.close();
    await this.#postgres?.stop();
  }
}

/** To be called in a `describe`: starts before its tests, and ends behind them. */
export function serversOn(kind: (typeof DATABASES)[number]["kind"], options: ServingOptions = {}): Servers {
  const servers = new Servers(kind === "sqlite" || postgresPrograms() !== undefined);
  beforeAll(() => (servers.isHere ? servers.start(kind, options) : undefined));
  afterAll(() => servers.stop());
  return servers;
}
