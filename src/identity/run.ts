// Runs the authorization server in this process: its database, its listener, its upkeep; and ends it again.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { systemClock } from "../core/clock.ts";
import { commonPasswords } from "./accounts/common-passwords.ts";
import type { SystemEvent } from "../core/record.ts";
import type { Mail } from "./accounts/mail.ts";
import { composeIdentity, type Identity } from "./compose.ts";
import { openIdentityDatabase } from "./database.ts";
import type { Declared } from "./administration/seeding.ts";
import { ChangeCourier, type Deliver } from "./changes/change-courier.ts";
import type { IdentitySettings } from "./provider/settings.ts";

export interface RunOptions {
  readonly settings: IdentitySettings;
  readonly listen: { readonly host: string; readonly port: number };
  readonly database: string;
  readonly secrets: readonly [string, ...string[]];
  readonly mail: Mail;
  /** What the configuration keeps: made and changed now; what it no longer names is removed. */
  readonly declared: Declared;
  readonly isBreachedPassword: ((password: string) => Promise<boolean>) | undefined;
  readonly failed: (what: string, error: unknown) => void;
  /** Takes changes for the record. */
  readonly deliver: Deliver;
  /** Takes what is recorded and changed nothing. */
  readonly tell: (event: SystemEvent) => void;
}

export interface RunningIdentity {
  readonly port: number;
  readonly identity: Identity;
  close(): Promise<void>;
}

const UPKEEP_MS = 60_000;
/** Requests under way may end. */
const DRAIN_MS = 5_000;

/** Resolves when it serves. Rejects, with nothing left open, where database or port cannot be had. */
export async function runIdentity(options: RunOptions): Promise<RunningIdentity> {
  const { settings, listen, secrets, mail, failed } = options;
  const database = await openIdentityDatabase({
    address: options.database,
    serves: true,
    failed: (error) => failed("database", error),
  });
  try {
    const isCommonPassword = commonPasswords();
    const identity = composeIdentity(settings, {
      database,
      secrets,
      clock: systemClock,
      mail,
      isCommonPassword,
      isBreachedPassword: options.isBreachedPassword,
      tell: options.tell,
      failed,
    });
    await identity.administration.takeOver(options.declared);
    await identity.maintain();
    const server = identity.server.createServer();
    server.listen(listen.port, listen.host);
    await once(server, "listening");
    const courier = new ChangeCourier(identity.changes, options.deliver, (error) => failed("record", error));
    const upkeep = setInterval(() => {
      identity.maintain().catch((error: unknown) => failed("upkeep", error));
    }, UPKEEP_MS);
    return {
      port: (server.address() as AddressInfo).port,
      identity,
      close: async () => {
        clearInterval(upkeep);
        server.close();
        server.closeIdleConnections();
        const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
        await once(server, "close");
        clearTimeout(cut);
        identity.tellUntold();
        await courier.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}
