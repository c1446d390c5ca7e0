// The authorization server on a free port, with a client, for tests: on SQLite in memory, or on another database.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type Clock, systemClock } from "../../src/core/clock.ts";
import type { SystemEvent } from "../../src/core/record.ts";
import { commonPasswords } from "../../src/identity/accounts/common-passwords.ts";
import type { MailMessage } from "../../src/identity/accounts/mail.ts";
import type { Appearance } from "../../src/identity/pages/appearance.ts";
import { composeIdentity, type Identity } from "../../src/identity/compose.ts";
import { openIdentityDatabase } from "../../src/identity/database.ts";
import type { IdentityTables } from "../../src/identity/tables.ts";
import { freePort } from "../servers/free-port.ts";

export const AUDIENCE = "https://api.example.com";
export const REDIRECT = "https://app.example.com/callback";
export const PASSWORD = "correct horse battery";
/** Who has the machine. */
export const OPERATOR = { kind: "command", id: "root" } as const;

const SCOPES = ["orders:read", "orders:write"];
const ROLES = ["customer", "support"].map((name) => ({ name, includes: [], permissions: [] }));

export interface Serving {
  readonly issuer: string;
  /** Where this server itself listens. */
  readonly reachedAt: string;
  readonly identity: Identity;
  readonly mails: MailMessage[];
  /** While it is away, it takes nothing. */
  readonly mailServer: { isAway: boolean };
  readonly failures: unknown[];
  /** What holders changed of their accounts. */
  readonly changes: string[];
  /** What it said for the record that changed nothing. */
  readonly told: SystemEvent[];
  readonly secret: string;
  nowMs(): number;
  /** What a thief of the database reads. */
  rows(tables: readonly (keyof IdentityTables)[]): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

export interface ServingOptions {
  /** Browsers have passkeys by name only. */
  readonly host?: "127.0.0.1" | "localhost";
  /** Of another server of the same database. */
  readonly secret?: string | readonly [string, ...string[]];
  /** Of another server, which serves the same name at an address of its own. */
  readonly issuer?: string;
  readonly registration?: "open" | "invitation" | "closed";
  readonly passwordProfile?: "default" | "nist";
  readonly appearance?: Appearance;
  readonly isBreachedPassword?: (password: string) => Promise<boolean>;
}

export async function serveIdentity(
  address = ":memory:",
  clock: Clock = systemClock,
  {
    host = "127.0.0.1",
    secret = randomBytes(32).toString("base64url"),
    registration = "open",
    passwordProfile = "default",
    appearance = {},
    isBreachedPassword,
    issuer: named,
  }: ServingOptions = {},
): Promise<Serving> {
  const database = await openIdentityDatabase({ address, serves: true });
  const mails: MailMessage[] = [];
  const mailServer = { isAway: false };
  const send = (message: MailMessage): Promise<void> =>
    mailServer.isAway
      ? Promise.reject(new Error("the mail server is away"))
      : Promise.resolve(void mails.push(message));
  const failures: unknown[] = [];
  // The issuer must be known before there is a server.
  const port = await freePort();
  const reachedAt = `http://${host}:${port}/identity`;
  const issuer = named ?? reachedAt;
  const changes: string[] = [];
  const told: SystemEvent[] = [];
  const secrets = typeof secret === "string" ? ([secret] as const) : secret;
  const identity = composeIdentity(
    {
      issuer,
      serviceName: "Orders",
      registration,
      registrationPath: "/api/register",
      appearance,
      passwordProfile,
      scopeTexts: { "orders:read": 'See "your" <orders>' },
      resources: [{ audience: AUDIENCE, scopes: SCOPES }],
      administration: true,
      accessTokenSeconds: 300,
      refreshTokenSeconds: 86_400,
      sessionSeconds: 86_400,
    },
    {
      database,
      secrets,
      clock,
      mail: { send },
      isBreachedPassword,
      isCommonPassword: commonPasswords(),
      failed: (what, error) => failures.push([what, error]),
      changed: (what) => void changes.push(what),
      tell: (event) => void told.push(event),
    },
  );
  await identity.administration.takeOver({ roles: ROLES, resources: [{ audience: AUDIENCE, scopes: SCOPES }] });
  await identity.server.renewKeys();
  const server = identity.server.createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    issuer,
    reachedAt,
    identity,
    mails,
    mailServer,
    failures,
    changes,
    told,
    secret: secrets[0],
    nowMs: () => clock.nowMs(),
    rows: async (tables) => {
      const found = tables.map((table) => database.queries.selectFrom(table).selectAll().execute());
      return (await Promise.all<readonly unknown[]>(found)).flat();
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await database.close();
    },
  };
}

export function declareClients({ clients }: Identity): Promise<unknown> {
  const settings = {
    redirectUris: [REDIRECT],
    postLogoutRedirectUris: ["https://app.example.com/"],
    scopes: ["openid", "offline_access", "email", "orders:read", "orders:write"],
  };
  return Promise.all([
    clients.put({ id: "spa", profile: "public", name: "The <app>", settings, isDeclared: true }),
    clients.put({ id: "backend", profile: "confidential", name: "Backend", settings, isDeclared: true }),
    clients.put({
      id: "job",
      profile: "machine",
      name: "Job",
      settings: { redirectUris: [], postLogoutRedirectUris: [], scopes: ["orders:read"] },
      isDeclared: true,
    }),
  ]);
}
