// Opens what the identity commands work on: the settings of the section, its database, the parts of the server.
import { suggestion } from "../../configuration/did-you-mean.ts";
import { loadSettings } from "../../configuration/load.ts";
import type { IdentitySettings } from "../../configuration/settings.ts";
import { systemClock } from "../../core/clock.ts";
import { commonPasswords } from "../../identity/accounts/common-passwords.ts";
import { composeIdentity, type Identity } from "../../identity/compose.ts";
import { openIdentityDatabase } from "../../identity/database.ts";
import { type Given, UsageError } from "../command.ts";
import { whatToLoad } from "../configuration-flags.ts";
import type { Io } from "../io.ts";
import { openBreachCheck } from "./breach-check.ts";
import { openMail } from "./mail.ts";

/** Throws ProblemsError for what is wrong in the configuration, UsageError where it has no such section. */
export async function identitySettings(given: Given, io: Io): Promise<IdentitySettings> {
  const { settings } = await loadSettings(await whatToLoad(given, io));
  if (settings.identity !== undefined) return settings.identity;
  throw new UsageError("the configuration has no section identity", "See docs/identity.md for how it is written.");
}

/** Names of the roles that the configuration has. */
async function knownRoles(given: Given, io: Io): Promise<readonly string[]> {
  const { settings } = await loadSettings(await whatToLoad(given, io));
  return Object.keys(settings.authorization.roles);
}

/** A role that nothing knows would give nothing, and nobody would see why. */
export async function requireKnownRole(role: string, given: Given, io: Io): Promise<void> {
  const roles = await knownRoles(given, io);
  if (roles.includes(role)) return;
  throw new UsageError(`authorization.roles has no role ${role}`, suggestion(role, roles) ?? "Write it there first.");
}

/** Does the work and lets go of the database. A server may run meanwhile. */
export async function withIdentity(
  given: Given,
  io: Io,
  work: (identity: Identity) => Promise<number>,
): Promise<number> {
  const settings = await identitySettings(given, io);
  const database = await openIdentityDatabase({ address: settings.database });
  const mail = openMail(settings, io);
  const failed = (what: string, error: unknown) => io.stderr.write(`${what}: ${(error as Error).message}\n`);
  try {
    const identity = composeIdentity(
      {
        ...settings,
        passwordProfile: settings.passwords.profile,
        serviceName: settings.serviceName ?? "the service",
        // Commands give no tokens out.
        resources: [{ audience: settings.issuer, scopes: [] }],
      },
      {
        database,
        secrets: settings.secrets as [string, ...string[]],
        clock: systemClock,
        mail,
        isCommonPassword: commonPasswords(),
        isBreachedPassword: openBreachCheck(settings, failed),
        failed,
      },
    );
    return await work(identity);
  } finally {
    mail.close?.();
    await database.close();
  }
}
