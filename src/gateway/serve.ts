// Serves a composition: its certificate, its listeners, its readiness; and ends all of it in order.
import type { KeySource } from "../authentication/index.ts";
import type { Composition } from "../configuration/compose.ts";
import { compositionMetrics } from "../configuration/compose/composition-metrics.ts";
import type { PolicySource } from "../configuration/policy-source.ts";
import { identityOrigin } from "../configuration/resolve/built-in-scheme.ts";
import type { TransportSettings } from "../configuration/settings.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import { feedKey } from "../identity/revocation/feed-key.ts";
import type { Problem } from "../openapi/located.ts";
import type { Readiness } from "./admin.ts";
import { watchInputs } from "../configuration/input-watch.ts";
import { openCertificate } from "./listener-certificate.ts";
import { identityUpstream } from "./identity-upstream.ts";
import { RevocationFollower } from "./revocation-follower.ts";
import { sessionEnder } from "./session-ender.ts";
import { type Reloaded, Reloader } from "./reloader.ts";
import { type GatewayOptions, type RunningGateway, startGateway } from "./start.ts";
import { LIMITS } from "../transport/limits.ts";

export interface ServeOptions {
  /** How long a shutdown waits for answers under way. */
  readonly drainTimeoutMs?: number;
  /** Where the development authority lives; the user's data folder when left out. */
  readonly developmentFolder?: string;
  /** Where the composition came from: then another takes its place when its files change. */
  readonly source?: PolicySource;
  /** How often those files are looked at. */
  readonly watchEveryMs?: number;
  /** When a reload is tried again that failed because something else was away. */
  readonly againMs?: number;
  /** How long a reload waits for sets of keys that are new. */
  readonly keysTimeoutMs?: number;
  /** Told of each reload, whatever caused it. */
  readonly onReload?: (reloaded: Reloaded) => void;
  /** Called at the end, when no exchange is under way and the record still takes what others have to say. */
  readonly drained?: () => Promise<void>;
  /** When requests begin and end; the system's where left out. */
  readonly clock?: Clock;
}

export interface ServedGateway extends RunningGateway {
  /** The authority to trust where the certificate is a development one. */
  readonly authorityFile: string | undefined;
  /** What is not well with the certificate, but does not stop. */
  readonly warnings: readonly Problem[];
  /** Loads everything again, as on SIGHUP, and looks for a renewed certificate. Undefined without a source. */
  readonly reload: (() => Promise<Reloaded>) | undefined;
}

/** Rejects with a ProblemsError or a listen error; the composition is closed then too. */
export async function serve(composition: Composition, options: ServeOptions = {}): Promise<ServedGateway> {
  const { settings, recorder, policy, settle } = composition;
  const { transport, upstream } = settings;
  try {
    if (upstream === undefined) throw new Error("a gateway needs an upstream");
    const certificate = await openCertificate(transport, recorder, options.developmentFolder);
    let reloader: Reloader | undefined;
    const current = () => reloader?.composition ?? composition;
    const revocations = followRevocations(composition, current);
    composition.metrics.add(...compositionMetrics(current));
    const gateway = await startGateway({
      policy,
      settle,
      recorder,
      clock: options.clock ?? systemClock,
      upstream,
      listen: transport.listen,
      tls: certificate.material,
      redirect: redirectOf(transport, current),
      admin: transport.adminListen,
      identity: identityUpstream(settings),
      readiness: () => readiness(current().keySources, revocations, recorder),
      callerJwks: () => current().callerJwks,
      metrics: composition.metrics,
      drainTimeoutMs: options.drainTimeoutMs ?? LIMITS.drainTimeoutMs,
    });
    await certificate.follow((material) => gateway.renewCertificate(material));
    // Loading begins now; a first failure is recorded by the source, which goes on trying.
    for (const source of composition.keySources) void source.ready().catch(() => undefined);
    const started = `serving at ${gateway.url}, policy ${policy.version}`;
    recorder.system({ action: "gateway.started", level: "info", message: started });
    const { source, developmentFolder, keysTimeoutMs } = options;
    let watch: { close(): void } | undefined;
    if (source !== undefined) {
      source.took();
      reloader = new Reloader({ source, gateway, composition, certificate, developmentFolder, keysTimeoutMs });
      watch = watchReload(reloader, source, options);
    }
    const close = async (): Promise<number> => {
      watch?.close();
      revocations?.close();
      (reloader ?? certificate).close();
      const cut = await gateway.close();
      await options.drained?.();
      const level = cut === 0 ? "info" : "warn";
      recorder.system({ action: "gateway.stopped", level, message: endingOf(cut) });
      await current().close();
      return cut;
    };
    let closing: Promise<number> | undefined;
    return {
      ...gateway,
      authorityFile: certificate.authorityFile,
      warnings: certificate.warnings,
      reload: reloader && reloadOf(reloader, options),
      close: () => (closing ??= close()),
    };
  } catch (error) {
    await composition.close();
    throw error;
  }
}

function endingOf(cut: number): string {
  if (cut === 0) return "the gateway has ended";
  return `the gateway has ended; ${cut} ${cut === 1 ? "exchange was" : "exchanges were"} cut`;
}

function reloadOf(reloader: Reloader, { onReload }: ServeOptions): () => Promise<Reloaded> {
  return async () => {
    const reloaded = await reloader.reload("signal");
    onReload?.(reloaded);
    return reloaded;
  };
}

function watchReload(reloader: Reloader, source: PolicySource, options: ServeOptions): { close(): void } {
  const onChange = async (): Promise<boolean> => {
    const reloaded = await reloader.reload("files");
    options.onReload?.(reloaded);
    return reloaded.kind === "refused" && reloaded.again;
  };
  const { watchEveryMs: intervalMs, againMs } = options;
  return watchInputs({ source, clock: systemClock, onChange, intervalMs, againMs });
}

/** A reload may change where clients are sent to, not where they come from. */
function redirectOf({ redirect }: TransportSettings, current: () => Composition): GatewayOptions["redirect"] {
  if (redirect === undefined) return undefined;
  const { listen } = redirect;
  return { listen, publicUrl: () => current().settings.transport.redirect?.publicUrl ?? redirect.publicUrl };
}

/** Ready once every issuer's keys were loaded once; an outage later is degraded, not a fall of all replicas. */
function readiness(
  sources: readonly KeySource[],
  revocations: RevocationFollower | undefined,
  recorder: Composition["recorder"],
): Omit<Readiness, "policy"> {
  const states = sources.map((source) => source.state());
  const parts = Object.fromEntries(states.map((state, i) => [`keys ${i + 1}`, state as string]));
  const isStale = revocations?.state() === "stale";
  if (revocations !== undefined) parts["revocations"] = revocations.state();
  const failing = recorder.failing();
  for (const sink of failing) parts[`audit ${sink}`] = "failing";
  return {
    ready: !states.includes("loading"),
    degraded: states.includes("stale") || states.includes("unavailable") || isStale || failing.length > 0,
    parts,
  };
}

function followRevocations(
  { settings, recorder, revoked, sanctions }: Composition,
  current: () => Composition,
): RevocationFollower | undefined {
  const { identity } = settings;
  if (identity === undefined) return undefined;
  const origin = identityOrigin(identity);
  const { issuer } = identity;
  const key = feedKey(identity.secrets as [string, ...string[]]);
  sanctions?.sessions.endBy(sessionEnder({ origin, key, issuer }));
  return new RevocationFollower({
    origin,
    key,
    issuer,
    into: revoked,
    keysChanged: () => {
      const isItsOwn = ({ name }: KeySource) => name === identity.issuer || name.startsWith(`${origin}/`);
      for (const source of current().keySources.filter(isItsOwn)) void source.refresh?.();
    },
    recorder,
    clock: systemClock,
  });
}
