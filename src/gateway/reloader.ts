// Exchanges the policy of a running gateway: loaded and checked beside the one in use, taken over whole or not at all.
import { setTimeout as wait } from "node:timers/promises";
import type { KeySource } from "../authentication/index.ts";
import type { Composition } from "../configuration/compose.ts";
import type { PolicySource } from "../configuration/policy-source.ts";
import type { UpstreamSettings } from "../configuration/settings.ts";
import { type Problem, ProblemsError } from "../openapi/located.ts";
import { identityUpstream } from "./identity-upstream.ts";
import { Leases } from "./leases.ts";
import { isSameCertificate, type ListenerCertificate, openCertificate, type Renew } from "./listener-certificate.ts";
import { tellRefusal, tellReload } from "./reload-events.ts";
import { restartNeeded } from "./restart-needed.ts";
import type { RunningGateway } from "./start.ts";

/** Why: a signal, or files that hold something else. */
export type ReloadCause = "signal" | "files";

export type Reloaded =
  | { readonly kind: "taken"; readonly before: string; readonly policy: string; readonly notices: readonly Problem[] }
  /** All stays as it was. `again`: nothing is wrong with the configuration, but something outside is away. */
  | { readonly kind: "refused"; readonly problems: readonly Problem[]; readonly again: boolean };

export interface ReloaderParts {
  readonly source: PolicySource;
  readonly gateway: RunningGateway;
  readonly composition: Composition;
  readonly certificate: ListenerCertificate;
  readonly developmentFolder: string | undefined;
  readonly keysTimeoutMs: number | undefined;
}

/** New sets of keys are loaded before the policy that needs them is taken over: else its first callers got 503. */
const KEYS_TIMEOUT_MS = 10_000;

const CLOSED: Reloaded = { kind: "refused", problems: [], again: false };

export class Reloader {
  readonly #parts: ReloaderParts;
  readonly #keys = new Leases<KeySource>((source) => source.close());
  #composition: Composition;
  #certificate: ListenerCertificate;
  #last: Promise<Reloaded> = Promise.resolve(CLOSED);
  #waiting: Promise<Reloaded> | undefined;
  /** Whether a signal is among what waits: then more is looked at. */
  #isAsked = false;
  #closed = false;

  constructor(parts: ReloaderParts) {
    this.#parts = parts;
    this.#composition = parts.composition;
    this.#certificate = parts.certificate;
    for (const keys of this.#composition.keySources) this.#keys.take(keys);
  }

  /** What is in use. */
  get composition(): Composition {
    return this.#composition;
  }

  /** One after the other; whoever asks while one waits to begin gets that one. Never rejects. */
  reload(cause: ReloadCause): Promise<Reloaded> {
    this.#isAsked ||= cause === "signal";
    this.#waiting ??= this.#last = this.#last.then(() => {
      const isAsked = this.#isAsked;
      this.#waiting = undefined;
      this.#isAsked = false;
      return this.#reload(isAsked ? "signal" : "files");
    });
    return this.#waiting;
  }

  close(): void {
    this.#closed = true;
    this.#certificate.close();
  }

  async #reload(cause: ReloadCause): Promise<Reloaded> {
    const { source } = this.#parts;
    const before = this.#composition;
    const { recorder, policy } = before;
    let fresh: readonly KeySource[] = [];
    try {
      if (this.#closed) return CLOSED;
      const next = await source.compose(before, (loaded) => {
        const problems = restartNeeded(before.settings, loaded);
        if (problems.length > 0) throw new ProblemsError(problems);
      });
      fresh = next.keySources.filter((keys) => !before.keySources.includes(keys));
      const certificate = await this.#certificateFor(next);
      // Files that change are looked at by the certificate's own watch, which waits until both are there.
      const isAsked = cause === "signal" && certificate === undefined;
      const renew = isAsked ? await this.#certificate.renewal() : undefined;
      const absent = await notLoaded(fresh, this.#parts.keysTimeoutMs ?? KEYS_TIMEOUT_MS);
      if (absent.length > 0 || this.#closed) {
        for (const keys of fresh) keys.close();
        if (this.#closed) return CLOSED;
        tellRefusal(recorder, absent, policy.version, cause);
        return { kind: "refused", problems: absent, again: true };
      }
      source.took();
      if (certificate !== undefined) await this.#useCertificate(certificate);
      renew?.();
      this.#use(next);
      tellReload(recorder, policy.version, next.policy.version, cause);
      return { kind: "taken", before: policy.version, policy: next.policy.version, notices: next.notices };
    } catch (error) {
      for (const keys of fresh) keys.close();
      const problems = error instanceof ProblemsError ? error.problems : [unforeseen(error)];
      tellRefusal(recorder, problems, policy.version, cause);
      return { kind: "refused", problems, again: false };
    }
  }

  /** From here on nothing can fail. What only the old one needed ends with the last request that began with it. */
  #use(next: Composition): void {
    const before = this.#composition;
    this.#composition = next;
    next.detector.watch(next.settings.monitoring.detections);
    for (const keys of next.keySources) this.#keys.take(keys);
    const { policy, settle, settings } = next;
    const upstream = settings.upstream as UpstreamSettings;
    void this.#parts.gateway.replace({ policy, settle, upstream, identity: identityUpstream(settings) }).then(() => {
      for (const keys of before.keySources) this.#keys.giveBack(keys);
    });
  }

  async #certificateFor({ settings, recorder }: Composition): Promise<ListenerCertificate | undefined> {
    if (isSameCertificate(settings.transport, this.#composition.settings.transport)) return undefined;
    return openCertificate(settings.transport, recorder, this.#parts.developmentFolder);
  }

  async #useCertificate(certificate: ListenerCertificate): Promise<void> {
    const { gateway } = this.#parts;
    const renew: Renew = (material) => gateway.renewCertificate(material);
    await certificate.follow(renew);
    this.#certificate.close();
    this.#certificate = certificate;
    if (certificate.material !== undefined) renew(certificate.material);
  }
}

/** A problem for each set of keys that was not loaded in time. */
async function notLoaded(sources: readonly KeySource[], timeoutMs: number): Promise<Problem[]> {
  if (sources.length === 0) return [];
  const over = new AbortController();
  const late = wait(timeoutMs, undefined, { signal: over.signal, ref: false }).catch(() => undefined);
  await Promise.race([Promise.allSettled(sources.map((keys) => keys.ready())), late]);
  over.abort();
  return sources
    .filter((keys) => keys.state() === "loading")
    .map(({ name }) => ({
      severity: "error",
      rule: "authentication.keys-unreachable",
      message: `the keys of ${name} could not be loaded within ${timeoutMs / 1_000} seconds`,
      remedy: "Check the issuer's address and that it answers. It is tried again every 30 seconds, and at SIGHUP.",
      position: undefined,
    }));
}

function unforeseen(error: unknown): Problem {
  const what = error instanceof Error ? `${error.name}: ${error.message}` : "unknown error";
  const message = `the configuration could not be loaded: ${what}`;
  return { severity: "error", rule: "configuration.unforeseen", message, remedy: "", position: undefined };
}
