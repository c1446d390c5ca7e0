// A gate of the tester's own believes the tester's credentials and nobody else's: settings as configured, but for whose keys count.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { LoadedSettings } from "../../configuration/load.ts";
import type { WrittenApiKey } from "../../configuration/schema/api-keys.ts";
import type { WrittenDenied } from "../../configuration/schema/denied.ts";
import type { SchemeSettings, Settings } from "../../configuration/settings.ts";

/** What a gate of the tester's own believes in place of what is configured. */
export interface Believed {
  /** Public keys of the test issuer, as a JWK Set has them: every issuer's tokens are verified with them. */
  readonly jwks: readonly object[];
  /** In place of a shared secret, for schemes that have one. */
  readonly secret: string;
  /** By name of the scheme. */
  readonly apiKeys: ReadonlyMap<string, readonly WrittenApiKey[]>;
  /** What the deny list names. */
  readonly denied: readonly WrittenDenied[];
}

export interface IsolationOptions {
  /** For files that hold what is believed; nobody else may read it. */
  readonly folder: string;
  /** False: limits are raised out of a test's way. */
  readonly hasLimits: boolean;
  /** Where the API is, if it is not where the configuration says. */
  readonly upstream?: string | undefined;
}

/** More than any run asks in a window. */
const ROOM = 1_000_000;

/** The user's settings with isolated keys, on a port of loopback that is free, with nothing of them recorded. */
export async function isolated(
  loaded: LoadedSettings,
  believed: Believed,
  { folder, hasLimits, upstream }: IsolationOptions,
): Promise<LoadedSettings> {
  const { settings } = loaded;
  const jwks = path.join(folder, "test-keys.json");
  const denied = path.join(folder, "denied.json");
  await Promise.all([
    writeFile(jwks, JSON.stringify({ keys: believed.jwks }), { mode: 0o600 }),
    writeFile(denied, JSON.stringify({ denied: believed.denied }), { mode: 0o600 }),
  ]);
  const schemes = [...settings.authentication.schemes].map(
    ([name, scheme]) => [name, schemeOf(name, scheme, believed, jwks)] as const,
  );
  const { transport } = settings;
  const isolatedSettings: Settings = {
    ...settings,
    upstream:
      settings.upstream === undefined || upstream === undefined
        ? settings.upstream
        : { ...settings.upstream, origin: upstream },
    transport: {
      ...transport,
      listen: { host: "127.0.0.1", port: 0 },
      // The tester is no proxy: else every client that it plays could choose its own address.
      trustedProxies: [],
      // A file's key may be one that the tester must not have; what is behind a proxy speaks for itself here.
      tls: transport.tls.kind === "off" ? transport.tls : { kind: "development" },
      redirect: undefined,
      adminListen: undefined,
    },
    authentication: { ...settings.authentication, denied: { file: denied }, schemes: new Map(schemes) },
    rateLimiting: hasLimits ? settings.rateLimiting : roomy(settings.rateLimiting),
    operations: hasLimits
      ? settings.operations
      : settings.operations.map((entry) => ({ ...entry, ...withRoom(entry), concurrency: [] })),
    monitoring: {
      ...settings.monitoring,
      sinks: [],
      destinations: [],
      spool: undefined,
      checkpoints: undefined,
      sanctions: undefined,
      traces: undefined,
    },
    identity: undefined,
  };
  return { ...loaded, settings: isolatedSettings };
}

function schemeOf(name: string, scheme: SchemeSettings, believed: Believed, jwks: string): SchemeSettings {
  if (scheme.kind === "api-keys") {
    return { ...scheme, keys: { kind: "list", keys: believed.apiKeys.get(name) ?? [] } };
  }
  if (scheme.kind !== "jwt") return scheme;
  const keys =
    scheme.keys.kind === "secret"
      ? ({ kind: "secret", secret: believed.secret } as const)
      : ({ kind: "file", file: jwks } as const);
  return { ...scheme, keys };
}

function roomy(limits: Settings["rateLimiting"]): Settings["rateLimiting"] {
  return {
    ...limits,
    ...withRoom(limits),
    addressCeiling: { ...limits.addressCeiling, limit: ROOM },
    failedAuthentication: { ...limits.failedAuthentication, limit: ROOM },
    concurrency: [],
  };
}

function withRoom({ limits }: Pick<Settings["rateLimiting"], "limits">) {
  return { limits: limits.map((limit) => ({ ...limit, limit: ROOM, slowdown: undefined })) };
}
