// Serves what it is told to until it is told to end. It knows nothing of configuration files: the process that loads them is another.
import { readFile } from "node:fs/promises";
import type { IdentitySettings } from "../../configuration/settings.ts";
import type { Appearance } from "../../identity/pages/appearance.ts";
import type { ResourceSettings } from "../../identity/provider/settings.ts";
import type { Role } from "../../identity/roles/role-store.ts";
import { runIdentity, type RunningIdentity, type RunOptions } from "../../identity/run.ts";
import type { Io } from "../io.ts";
import { declaredBy } from "./declared.ts";
import { foreseen } from "./foreseen.ts";
import { openMail } from "./mail.ts";

/** Plain, so that a process can tell it to another. */
export interface IdentityToServe {
  readonly settings: IdentitySettings;
  readonly serviceName: string;
  readonly scopeTexts: Readonly<Record<string, string>>;
  readonly resources: readonly [ResourceSettings, ...ResourceSettings[]];
  /** As the gate knows them. */
  readonly roles: readonly Role[];
}

/** Where what happens in it is recorded. */
export type IdentityRecord = Pick<RunOptions, "deliver" | "tell">;

/** Resolves when it serves. Throws UsageError for what its owner can mend. */
export async function serveIdentity(
  { settings, serviceName, scopeTexts, resources, roles }: IdentityToServe,
  { stderr }: Pick<Io, "stderr">,
  record: IdentityRecord,
): Promise<RunningIdentity> {
  const { issuer, listen, database } = settings;
  const mail = openMail(settings, { stderr });
  const failed = (what: string, error: unknown) => stderr.write(`identity: ${what}: ${describe(error)}\n`);
  const running = await runIdentity({
    settings: {
      ...settings,
      appearance: await openAppearance(settings),
      passwordProfile: settings.passwords.profile,
      serviceName,
      scopeTexts,
      resources,
    },
    listen,
    database,
    secrets: settings.secrets as [string, ...string[]],
    mail,
    declared: declaredBy(settings, resources, roles),
    deliver: record.deliver,
    tell: record.tell,
    isBreachedPassword: await breachCheck(settings, failed),
    failed,
  }).catch((error: unknown) => {
    throw foreseen(error, database);
  });
  stderr.write(`identity   ${issuer} (this process: ${listen.host}:${running.port})\n`);
  return {
    ...running,
    close: async () => {
      await running.close();
      mail.close?.();
    },
  };
}

/** The picture is read once: whoever changes it starts anew. */
async function openAppearance({ appearance: { colours, logo } }: IdentitySettings): Promise<Appearance> {
  if (logo === undefined) return { colours };
  return { colours, logo: { mediaType: logo.mediaType, bytes: await readFile(logo.file) } };
}

/** Who asks nobody needs no client. */
async function breachCheck(settings: IdentitySettings, failed: (what: string, error: unknown) => void) {
  if (settings.passwords.breached === undefined) return undefined;
  const { openBreachCheck } = await import("./breach-check.ts");
  return openBreachCheck(settings, failed);
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : "unknown error";
}
