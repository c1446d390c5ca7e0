// Opens what the identity commands work on: the settings of the section, its database, the parts of the server.
import { userInfo } from "node:os";
import { suggestion } from "../../configuration/did-you-mean.ts";
import { describeDocument } from "../../configuration/describe-document.ts";
import { identityResources } from "../../configuration/identity-resources.ts";
import { loadSettings } from "../../configuration/load.ts";
import type { IdentitySettings } from "../../configuration/settings.ts";
import { systemClock } from "../../core/clock.ts";
import { REASONS } from "../../core/reasons/registry.ts";
import { isRefusal, type Refusal } from "../../identity/administration/refusal.ts";
import { ADMINISTRATOR_ROLE } from "../../identity/roles/role-store.ts";
import type { Actor } from "../../identity/changes/change-log.ts";
import { commonPasswords } from "../../identity/accounts/common-passwords.ts";
import { composeIdentity, type Identity } from "../../identity/compose.ts";
import { openIdentityDatabase } from "../../identity/database.ts";
import { type Given, UsageError } from "../command.ts";
import { whatToLoad } from "../configuration-flags.ts";
import type { Io } from "../io.ts";
import { openBreachCheck } from "./breach-check.ts";
import { declaredBy } from "./declared.ts";
import { foreseen } from "./foreseen.ts";
import { openMail } from "./mail.ts";
import { NO_SECTION, rolesOf } from "./to-serve.ts";

/** Throws ProblemsError for what is wrong in the configuration, UsageError where it has no such section. */
export async function identitySettings(given: Given, io: Io): Promise<IdentitySettings> {
  const { settings } = await loadSettings(await whatToLoad(given, io));
  if (settings.identity !== undefined) return settings.identity;
  throw new UsageError(...NO_SECTION);
}

/** Whoever runs a command, for the record. */
export function whoRuns(): Actor {
  return { kind: "command", id: userInfo().username };
}

/** What is wrong for the administration is wrong for whoever typed it. */
export function unlessRefused<T extends object>(outcome: T | Refusal): T {
  if (!isRefusal(outcome)) return outcome;
  const { title, remedy } = REASONS[outcome.refused];
  throw new UsageError(outcome.detail === undefined ? title : `${title.slice(0, -1)}: ${outcome.detail}`, remedy);
}

/** The same with the roles, audiences and scopes of configuration and document taken over: those that nobody served yet are known, too. */
export async function withCatalogue(
  given: Given,
  io: Io,
  work: (identity: Identity) => Promise<number>,
): Promise<number> {
  const loaded = await loadSettings(await whatToLoad(given, io));
  const { settings } = loaded;
  return withIdentity(given, io, async (identity) => {
    const resources = identityResources(settings, await describeDocument(loaded, io.cwd));
    const {
      clients: _,
      users: __,
      ...catalogue
    } = declaredBy(settings.identity as IdentitySettings, resources, rolesOf(settings));
    await identity.administration.takeOver(catalogue);
    return work(identity);
  });
}

/** A role that nothing knows would give nothing, and nobody would see why. */
export async function requireKnownRole(
  role: string,
  { administration }: Identity,
  given: Given,
  io: Io,
): Promise<void> {
  const { settings } = await loadSettings(await whatToLoad(given, io));
  const made = (await administration.roles.list()).filter(({ keptByConfiguration }) => !keptByConfiguration);
  const roles = [...Object.keys(settings.authorization.roles), ADMINISTRATOR_ROLE, ...made.map(({ name }) => name)];
  if (roles.includes(role)) return;
  throw new UsageError(`authorization.roles has no role ${role}`, suggestion(role, roles) ?? "Write it there first.");
}

/** What people are told where nothing names the service. */
export const NO_NAME = "the service";

/** The name that mails have: a command that writes one reads the document for it, as the server does. */
export async function serviceName(given: Given, io: Io): Promise<string> {
  const loaded = await loadSettings(await whatToLoad(given, io));
  return loaded.settings.identity?.serviceName ?? (await describeDocument(loaded, io.cwd)).title;
}

/** Does the work and lets go of the database. A server may run meanwhile. `name`: of the service, for mails. */
export async function withIdentity(
  given: Given,
  io: Io,
  work: (identity: Identity) => Promise<number>,
  name = NO_NAME,
): Promise<number> {
  const settings = await identitySettings(given, io);
  const database = await openIdentityDatabase({ address: settings.database }).catch((error: unknown) => {
    throw foreseen(error, settings.database);
  });
  const mail = openMail(settings, io);
  const failed = (what: string, error: unknown) => io.stderr.write(`${what}: ${(error as Error).message}\n`);
  try {
    const identity = composeIdentity(
      {
        ...settings,
        appearance: {},
        passwordProfile: settings.passwords.profile,
        serviceName: settings.serviceName ?? name,
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
