// The stores over one database, or over a transaction in it: what is changed together is changed by stores of one transaction.
import type { Clock } from "../../core/clock.ts";
import { AccountStore } from "../accounts/account-store.ts";
import { OneTimeLinks } from "../accounts/one-time-links.ts";
import { ArtifactStore } from "../artifacts/artifact-store.ts";
import { ChangeLog } from "../changes/change-log.ts";
import { ClientStore } from "../clients/client-store.ts";
import { atOnce, type IdentityDatabase, together } from "../database.ts";
import { FactorStore } from "../factors/factor-store.ts";
import { RecoveryCodes } from "../factors/recovery-codes.ts";
import { Revocations } from "../revocation/revocations.ts";
import { ResourceStore } from "../roles/resource-store.ts";
import { RoleStore } from "../roles/role-store.ts";
import type { Sealer } from "../sealing.ts";
import { Consents } from "../sessions/consents.ts";
import { SessionStore } from "../sessions/session-store.ts";

export interface Stores {
  readonly database: IdentityDatabase;
  readonly accounts: AccountStore;
  readonly artifacts: ArtifactStore;
  readonly changes: ChangeLog;
  readonly clients: ClientStore;
  readonly consents: Consents;
  readonly factors: FactorStore;
  readonly links: OneTimeLinks;
  readonly recovery: RecoveryCodes;
  readonly resources: ResourceStore;
  readonly revocations: Revocations;
  readonly roles: RoleStore;
  readonly sessions: SessionStore;
}

export interface StoreParts {
  readonly database: IdentityDatabase;
  readonly sealer: Sealer;
  readonly clock: Clock;
  /** The longest life of an access token. */
  readonly lifetimeSeconds: number;
}

export function storesOn({ database, sealer, clock, lifetimeSeconds }: StoreParts): Stores {
  const nowSeconds = () => Math.floor(clock.nowMs() / 1000);
  const artifacts = new ArtifactStore(database, sealer, clock);
  const revocations = new Revocations(database, sealer, clock, lifetimeSeconds);
  const clients = new ClientStore(database, clock);
  return {
    database,
    accounts: new AccountStore(database, clock),
    artifacts,
    changes: new ChangeLog(database, nowSeconds),
    clients,
    consents: new Consents(artifacts, clients, revocations),
    factors: new FactorStore(database, sealer, nowSeconds),
    links: new OneTimeLinks(artifacts),
    recovery: new RecoveryCodes(database, sealer, nowSeconds),
    resources: new ResourceStore(database, nowSeconds),
    revocations,
    roles: new RoleStore(database, nowSeconds),
    sessions: new SessionStore(artifacts, revocations),
  };
}

/** All of it or nothing, one after the other. */
export type Together = <T>(work: (stores: Stores) => Promise<T>) => Promise<T>;

export function togetherOn(parts: StoreParts): Together {
  return (work) => together(parts.database, (database) => work(storesOn({ ...parts, database })));
}

/** The same for one account alone: nobody waits for what others change. */
export function atOnceOn(parts: StoreParts): Together {
  return (work) => atOnce(parts.database, (database) => work(storesOn({ ...parts, database })));
}
