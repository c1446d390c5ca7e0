// `portcullis identity start`: serves until it is told to end; as a child of `start`, until that is gone.
import { identityResources } from "../../configuration/identity-resources.ts";
import { loadSettings } from "../../configuration/load.ts";
import { describeDocument } from "../../configuration/describe-document.ts";
import { runIdentity } from "../../identity/run.ts";
import { PROTOCOL_SCOPES } from "../../identity/provider/client-metadata.ts";
import { SealingKeyError } from "../../identity/sealing.ts";
import { DatabaseInUseError } from "../../stores/sqlite.ts";
import { EXIT_OK, type Given, UsageError } from "../command.ts";
import { whatToLoad } from "../configuration-flags.ts";
import type { Io } from "../io.ts";
import { openBreachCheck } from "./breach-check.ts";
import { openMail } from "./opening.ts";

export async function startIdentity(given: Given, io: Io): Promise<number> {
  const loaded = await loadSettings(await whatToLoad(given, io));
  const { settings } = loaded;
  const { identity } = settings;
  if (identity === undefined) {
    throw new UsageError("the configuration has no section identity", "See docs/identity.md for how it is written.");
  }
  const api = await describeDocument(loaded, io.cwd);
  const [first, ...others] = identityResources(settings, api);
  if (first === undefined) {
    throw new UsageError(
      "no security scheme takes the tokens of the built-in issuer",
      "Set `issuer: built-in` for a scheme of the document under `authentication`.",
    );
  }
  const everyScope = [...PROTOCOL_SCOPES, ...[first, ...others].flatMap(({ scopes }) => scopes)];
  const mail = openMail(identity, io);
  const serviceName = identity.serviceName ?? api.title;
  const failed = (what: string, error: unknown) => io.stderr.write(`identity: ${what}: ${describe(error)}\n`);
  const running = await runIdentity({
    settings: {
      ...identity,
      passwordProfile: identity.passwords.profile,
      serviceName,
      resources: [first, ...others],
    },
    listen: identity.listen,
    database: identity.database,
    secrets: identity.secrets as [string, ...string[]],
    mail,
    clients: identity.clients.map(({ id, profile, name, scopes, ...redirects }) => ({
      id,
      profile,
      name,
      settings: { ...redirects, scopes: scopes ?? everyScope },
    })),
    changed: (what, accountId) => {
      if (process.send === undefined) io.stderr.write(`identity: account ${accountId}: ${what}\n`);
      else process.send({ changed: what, accountId });
    },
    isBreachedPassword: openBreachCheck(identity, failed),
    failed,
  }).catch((error: unknown) => {
    throw foreseen(error, identity.database);
  });
  io.stderr.write(`identity   ${identity.issuer} (this process: ${identity.listen.host}:${running.port})\n`);
  process.send?.({ listening: running.port });
  const signal = await (process.send === undefined ? io.untilStopped() : untilParentEnds());
  io.stderr.write(`identity: ${signal}\n`);
  await running.close();
  mail.close?.();
  // An open channel would keep this process.
  if (process.connected) process.disconnect();
  return EXIT_OK;
}

/** Ctrl-C reaches both: the gateway first answers what is under way, then it tells. */
function untilParentEnds(): Promise<string> {
  process.on("SIGINT", () => undefined);
  return new Promise((resolve) => {
    process.once("SIGTERM", () => resolve("SIGTERM"));
    process.once("disconnect", () => resolve("the gateway has ended"));
  });
}

function foreseen(error: unknown, database: string): unknown {
  if (error instanceof DatabaseInUseError) {
    return new UsageError(
      `${database} is served by another process`,
      "One process serves a SQLite file. End the other one; for several machines use `database: ${DATABASE_URL}` with PostgreSQL.",
    );
  }
  if (error instanceof SealingKeyError) {
    return new UsageError(
      `identity.secrets do not open ${database}`,
      "Put back the secret that it was made with, behind the new one: the first seals, all open. Without it the database is lost.",
    );
  }
  const { code, port } = error as { code?: string; port?: number };
  if (code === "EADDRINUSE") {
    return new UsageError(`port ${port ?? ""} is taken by another process`, "Choose another: identity.listen.");
  }
  if (code === "ECONNREFUSED" || code === "ENOTFOUND" || code === "28P01" || code === "3D000") {
    return new UsageError(`the database cannot be reached: ${code}`, "Check identity.database and that it answers.");
  }
  return error;
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : "unknown error";
}
