// Serves a composition: its certificate, its listeners, its readiness; and ends all of it in order.
import { homedir } from "node:os";
import type { SecureContextOptions } from "node:tls";
import type { KeySource } from "../authentication/index.ts";
import type { Composition } from "../configuration/compose.ts";
import type { TlsSettings, TransportSettings } from "../configuration/settings.ts";
import { systemClock } from "../core/clock.ts";
import type { Problem } from "../openapi/located.ts";
import { loadCertificate } from "../transport/certificates.ts";
import { watchCertificate } from "../transport/certificate-watch.ts";
import { developmentCertificate, developmentFolder } from "../transport/development-ca.ts";
import type { Readiness } from "./admin.ts";
import { type GatewayOptions, type RunningGateway, startGateway } from "./start.ts";

/** Below the 30 seconds that Kubernetes and systemd's units commonly give. */
const DRAIN_TIMEOUT_MS = 25_000;

export interface ServeOptions {
  /** How long a shutdown waits for answers under way. */
  readonly drainTimeoutMs?: number;
  /** Where the development authority lives; the user's data folder when left out. */
  readonly developmentFolder?: string;
}

export interface ServedGateway extends RunningGateway {
  /** The authority to trust where the certificate is a development one. */
  readonly authorityFile: string | undefined;
  /** What is not well with the certificate, but does not stop. */
  readonly warnings: readonly Problem[];
}

interface OpenCertificate {
  readonly material: SecureContextOptions | undefined;
  readonly authorityFile?: string;
  readonly warnings: readonly Problem[];
  /** Renews it on the running gateway from now on. */
  follow(gateway: RunningGateway): Promise<void> | void;
  close(): void;
}

/** Rejects with a ProblemsError or a listen error; the composition is closed then too. */
export async function serve(composition: Composition, options: ServeOptions = {}): Promise<ServedGateway> {
  const { settings, recorder, keySources, policy, settle } = composition;
  const { transport, upstream } = settings;
  try {
    if (upstream === undefined) throw new Error("a gateway needs an upstream");
    const certificate = await openCertificate(transport.tls, transport.publicUrl, composition, options);
    const gateway = await startGateway({
      policy,
      settle,
      recorder,
      clock: systemClock,
      upstream,
      listen: transport.listen,
      tls: certificate.material,
      redirect: redirectOf(transport),
      admin: transport.adminListen,
      readiness: () => readiness(keySources),
      drainTimeoutMs: options.drainTimeoutMs ?? DRAIN_TIMEOUT_MS,
    });
    await certificate.follow(gateway);
    // Loading begins now; a first failure is recorded by the source, which goes on trying.
    for (const source of keySources) void source.ready().catch(() => undefined);
    const started = `serving at ${gateway.url}, policy ${policy.version}`;
    recorder.system({ action: "gateway.started", level: "info", message: started });
    const close = async (): Promise<number> => {
      certificate.close();
      const cut = await gateway.close();
      const level = cut === 0 ? "info" : "warn";
      recorder.system({ action: "gateway.stopped", level, message: `${cut} exchanges were cut` });
      await composition.close();
      return cut;
    };
    let closing: Promise<number> | undefined;
    return {
      ...gateway,
      authorityFile: certificate.authorityFile,
      warnings: certificate.warnings,
      close: () => (closing ??= close()),
    };
  } catch (error) {
    await composition.close();
    throw error;
  }
}

function redirectOf({ redirect }: TransportSettings): GatewayOptions["redirect"] {
  return redirect === undefined ? undefined : { listen: redirect.listen, publicUrl: () => redirect.publicUrl };
}

/** Ready once every issuer's keys were loaded once; an outage later is degraded, not a fall of all replicas. */
function readiness(sources: readonly KeySource[]): Omit<Readiness, "policy"> {
  const states = sources.map((source) => source.state());
  return {
    ready: !states.includes("loading"),
    degraded: states.includes("stale") || states.includes("unavailable"),
    parts: Object.fromEntries(states.map((state, i) => [`keys ${i + 1}`, state])),
  };
}

async function openCertificate(
  tls: TlsSettings,
  publicUrl: string | undefined,
  composition: Composition,
  options: ServeOptions,
): Promise<OpenCertificate> {
  if (tls.kind === "development") return openDevelopment(publicUrl, options);
  if (tls.kind !== "files") {
    return { material: undefined, warnings: [], follow: () => undefined, close: () => undefined };
  }
  const loaded = await loadCertificate(tls, systemClock.nowMs());
  const { recorder } = composition;
  let watch: { close(): void } | undefined;
  return {
    material: loaded.material,
    warnings: loaded.warnings,
    follow: async (gateway) => {
      watch = await watchCertificate({
        files: tls,
        clock: systemClock,
        onRenewed: ({ material }) => {
          gateway.renewCertificate(material);
          const message = "a new certificate is in use";
          recorder.system({ action: "transport.certificate-renewed", level: "info", message });
        },
        onFailed: (error) =>
          recorder.system({ action: "transport.certificate-refused", level: "error", message: error.message }),
      });
    },
    close: () => watch?.close(),
  };
}

/** Longer times than a timer can hold are taken in steps. */
const RENEWAL_STEP_MS = { min: 60_000, max: 86_400_000 };

async function openDevelopment(publicUrl: string | undefined, options: ServeOptions): Promise<OpenCertificate> {
  const folder = options.developmentFolder ?? developmentFolder(process.env, homedir(), process.platform);
  const names = publicUrl === undefined ? [] : [new URL(publicUrl).hostname];
  const make = () => developmentCertificate({ folder, names, nowMs: systemClock.nowMs() });
  const own = await make();
  let timer: NodeJS.Timeout | undefined;
  const renewLater = (gateway: RunningGateway, atMs: number) => {
    const waitMs = Math.min(Math.max(atMs - systemClock.nowMs(), RENEWAL_STEP_MS.min), RENEWAL_STEP_MS.max);
    timer = setTimeout(() => {
      void make().then(
        (next) => {
          gateway.renewCertificate(next.material);
          renewLater(gateway, next.renewAtMs);
        },
        () => renewLater(gateway, 0),
      );
    }, waitMs).unref();
  };
  return {
    material: own.material,
    authorityFile: own.authorityFile,
    warnings: [],
    follow: (gateway) => renewLater(gateway, own.renewAtMs),
    close: () => clearTimeout(timer),
  };
}
