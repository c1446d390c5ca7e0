// Follows what the built-in authorization server revokes, tokens and keys, so that the gate refuses it within two seconds (T19).
import { Agent, get } from "../node/http.ts";
import { deniedName, type MemoryDenyList } from "../authentication/index.ts";
import type { Clock } from "../core/clock.ts";
import type { Recorder } from "../core/record.ts";

export interface RevocationFollowerOptions {
  /** Where its process listens: `http://127.0.0.1:9444`. */
  readonly origin: string;
  /** Shown to it: it tells nobody else. */
  readonly key: string;
  readonly issuer: string;
  readonly into: MemoryDenyList;
  /** Called when it has other keys than before: a replaced one may have leaked, and must verify nothing any longer. */
  readonly keysChanged: () => void;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly everyMs?: number;
}

const EVERY_MS = 500;
const TIMEOUT_MS = 2_000;
const ANSWER_BYTES_MAX = 1_048_576;
/** Silence of so long is told: meanwhile a revoked token is good until it ends by itself. */
const STALE_AFTER_MS = 5_000;

interface News {
  readonly revocations: readonly Entry[];
  /** Another text for other keys. */
  readonly keys: string;
  /** There are more behind the last of these. */
  readonly more?: boolean;
}

interface Entry {
  readonly sequence: number;
  readonly kind: "token" | "session" | "subject" | "client";
  readonly value: string;
  readonly createdAt: number;
  readonly until: number;
}

export class RevocationFollower {
  readonly #options: RevocationFollowerOptions;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #sequence = 0;
  #keys: string | undefined;
  #heardMs: number;
  #stale = false;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RevocationFollowerOptions) {
    this.#options = options;
    this.#heardMs = options.clock.monotonicMs();
    this.#next(0);
  }

  state(): "fresh" | "stale" {
    return this.#stale ? "stale" : "fresh";
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#agent.destroy();
  }

  #next(afterMs: number): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.#look(), afterMs).unref();
  }

  async #look(): Promise<void> {
    const { clock, everyMs = EVERY_MS } = this.#options;
    try {
      // Stays while the parts are read: the next one begins behind the last of this.
      const since = this.#sequence;
      let after: number | undefined;
      do {
        const { revocations, keys, more = false } = await this.#ask(since, after);
        this.#take(revocations);
        if (keys !== this.#keys) this.#options.keysChanged();
        this.#keys = keys;
        after = more ? revocations.at(-1)?.sequence : undefined;
      } while (after !== undefined && !this.#closed);
      this.#heardMs = clock.monotonicMs();
      this.#tell(false);
    } catch {
      if (clock.monotonicMs() - this.#heardMs > STALE_AFTER_MS) this.#tell(true);
    }
    this.#next(everyMs);
  }

  #take(entries: readonly Entry[]): void {
    const { issuer, into, clock, recorder } = this.#options;
    for (const { sequence, kind, value, createdAt, until } of entries) {
      // Tokens of the same second are meant too: which came first cannot be told.
      const beforeMs = kind === "token" ? undefined : (createdAt + 1) * 1_000;
      const added = into.add(
        { name: deniedName(kind, issuer, value), beforeMs, untilMs: until * 1_000 },
        clock.nowMs(),
      );
      if (!added) {
        const message = "a revocation could not be kept: there are too many";
        recorder.system({ action: "authentication.revocation-lost", level: "error", message });
      }
      this.#sequence = Math.max(this.#sequence, sequence);
    }
  }

  #tell(stale: boolean): void {
    if (stale === this.#stale) return;
    this.#stale = stale;
    const message = stale
      ? "the authorization server does not tell what it revoked: tokens end by themselves only"
      : "what was revoked is known again";
    const action = stale ? "authentication.revocations-stale" : "authentication.revocations-fresh";
    this.#options.recorder.system({ action, level: stale ? "error" : "info", message });
  }

  #ask(since: number, after?: number): Promise<News> {
    const { origin, key } = this.#options;
    const part = after === undefined ? "" : `&after=${after}`;
    return new Promise((resolve, reject) => {
      const request = get(
        `${origin}/revocations?since=${since}${part}`,
        { agent: this.#agent, headers: { authorization: `Bearer ${key}` }, timeout: TIMEOUT_MS },
        (answer) => {
          const chunks: Buffer[] = [];
          let bytes = 0;
          answer.on("data", (chunk: Buffer) => {
            bytes += chunk.length;
            if (bytes > ANSWER_BYTES_MAX) request.destroy(new Error("too long"));
            else chunks.push(chunk);
          });
          answer.on("error", reject);
          answer.on("end", () => {
            if (answer.statusCode !== 200) return reject(new Error(`status ${answer.statusCode ?? 0}`));
            resolve(JSON.parse(Buffer.concat(chunks).toString()) as News);
          });
        },
      );
      request.on("timeout", () => request.destroy(new Error("late")));
      request.on("error", reject);
    });
  }
}
