// Starts the gateway: its listeners, the pool to the upstream, the admin listener; and ends it again.
import type { Server } from "node:http";
import type { SecureContextOptions } from "node:tls";
import type { Clock } from "../core/clock.ts";
import type { Policy } from "../core/policy.ts";
import type { Recorder } from "../core/record.ts";
import type { Metrics } from "../monitoring/index.ts";
import { type Limits, LIMITS } from "../transport/limits.ts";
import type { Settler } from "../transport/settle.ts";
import { boundAddress, type Readiness, startAdmin } from "./admin.ts";
import { drain } from "./drain.ts";
import { GatewayState } from "./gateway-state.ts";
import { Generation } from "./generation.ts";
import { listen, type Listener } from "./listener.ts";
import { CertificateExpiry, gatewayMetrics } from "./gateway-metrics.ts";
import type { ListenAddress } from "./listening.ts";
import { startRedirect } from "./redirect-listener.ts";
import { endSlow } from "./slow-clients.ts";
import { endUntaken } from "./untaken-answers.ts";
import type { UpstreamOptions } from "./upstream.ts";
import { UpstreamPools } from "./upstream-pools.ts";

/** What a reload replaces, whole. */
export interface Replaceable {
  readonly policy: Policy;
  readonly settle: Settler;
  readonly upstream: UpstreamOptions;
  /** The built-in authorization server, where there is one. */
  readonly identity?: UpstreamOptions | undefined;
}

export interface GatewayOptions extends Replaceable {
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly listen: ListenAddress;
  /** Certificate and key; undefined is plain HTTP: behind a proxy that ends TLS, or dangerously. */
  readonly tls: SecureContextOptions | undefined;
  /** The plain HTTP port that sends clients to https. Where to is asked for each of them. */
  readonly redirect: { readonly listen: ListenAddress; readonly publicUrl: () => string } | undefined;
  readonly admin: ListenAddress | undefined;
  /** What `/readyz` says, beside draining. */
  readonly readiness: () => Omit<Readiness, "policy">;
  /** What the admin listener shows as `/jwks.json`: the key that tokens about callers are signed with. */
  readonly callerJwks?: (() => object | undefined) | undefined;
  /** What it shows as `/metrics`; what the gateway itself knows is added to it. */
  readonly metrics?: Metrics | undefined;
  /** How long a shutdown waits for answers under way. */
  readonly drainTimeoutMs: number;
  /** What `limits.ts` says where left out. */
  readonly limits?: Limits | undefined;
}

export interface RunningGateway {
  /** Where it listens: `https://127.0.0.1:8443`. */
  readonly url: string;
  readonly redirectUrl: string | undefined;
  readonly adminUrl: string | undefined;
  /** New connections use this certificate; those that are open go on. */
  renewCertificate(material: SecureContextOptions): void;
  /**
   * Requests that come from now on are judged and sent by these; those under way end as they began. Resolves when none of
   * those is left: what only they needed may go then. Their pool is drained by then.
   */
  replace(parts: Replaceable): Promise<void>;
  /** Drains and ends. Resolves to the count of exchanges that had to be cut. */
  close(): Promise<number>;
}

/** Resolves when everything listens. Rejects, with nothing left open, when a port cannot be had. */
export async function startGateway(options: GatewayOptions): Promise<RunningGateway> {
  const pools = new UpstreamPools();
  const generationOf = ({ policy, settle, upstream, identity }: Replaceable): Generation =>
    new Generation({
      policy,
      settle,
      pool: pools.take(upstream),
      identityPool: identity && pools.take(identity),
      times: upstream,
    });
  const state = new GatewayState({ ...options, limits: options.limits ?? LIMITS, generation: generationOf(options) });
  const certificate = new CertificateExpiry(options.tls);
  const opened: { close(): void }[] = [];
  let listener: Listener;
  let redirect: Server | undefined;
  let admin: Server | undefined;
  try {
    listener = await listen(state, options.listen, options.tls);
    opened.push({ close: () => listener.stop() });
    if (options.redirect !== undefined) {
      redirect = await startRedirect(options.redirect.listen, options.redirect.publicUrl, state);
      opened.push(redirect);
    }
    const { metrics } = options;
    metrics?.add(...gatewayMetrics({ state, readiness: () => readiness(options, state), listener, certificate }));
    if (options.admin !== undefined) {
      admin = await startAdmin(options.admin, {
        readiness: () => readiness(options, state),
        callerJwks: options.callerJwks,
        metrics: metrics && ((accept) => metrics.show(accept)),
      });
    }
  } catch (error) {
    for (const server of opened) server.close();
    await pools.destroy();
    throw error;
  }
  const look = () => {
    endSlow(state, options.clock.monotonicMs());
    endUntaken(state);
  };
  const sweep = setInterval(look, state.limits.slowLookMs);
  let closing: Promise<number> | undefined;
  const close = async (): Promise<number> => {
    redirect?.close();
    redirect?.closeAllConnections();
    const cut = await drain(state, [listener], options.drainTimeoutMs);
    clearInterval(sweep);
    await pools.destroy();
    admin?.close();
    admin?.closeAllConnections();
    return cut;
  };
  const scheme = options.tls === undefined ? "http" : "https";
  return {
    url: urlOf(scheme, listener.address),
    redirectUrl: redirect === undefined ? undefined : urlOf("http", boundAddress(redirect)),
    adminUrl: admin === undefined ? undefined : urlOf("http", boundAddress(admin)),
    renewCertificate: (material) => {
      listener.renew(material);
      certificate.renew(material);
    },
    replace: async (parts) => {
      const old = state.generation;
      await state.replace(generationOf(parts));
      pools.giveBack(old.pool);
      if (old.identityPool !== undefined) pools.giveBack(old.identityPool);
    },
    close: () => (closing ??= close()),
  };
}

function readiness(options: GatewayOptions, state: GatewayState): Readiness {
  const told = options.readiness();
  return { ...told, ready: told.ready && !state.draining, policy: state.generation.policy.version };
}

function urlOf(scheme: string, at: { address: string; port: number; family: string }): string {
  const host = at.address === "0.0.0.0" || at.address === "::" ? "localhost" : at.address;
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${at.port}`;
}
