// Keeps the authorization server running in a process of its own beside the gateway: hashing passwords must not slow the gate.
import { type ChildProcess, fork } from "node:child_process";
import { on, once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import path from "node:path";
import type { Recorder } from "../../core/record.ts";
import { UsageError } from "../command.ts";
import type { EndTold } from "./child-process.ts";
import type { ChangeAnswer, EventTold } from "./gateways-record.ts";
import type { IdentityToServe } from "./serving.ts";

/** TypeScript in a clone, JavaScript where it is installed. */
const PROGRAM = path.join(import.meta.dirname, `child${path.extname(import.meta.filename)}`);

/** Opening a database and making keys takes a fraction of a second; migrations may take longer. */
const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
const RESTART_MIN_MS = 500;
const RESTART_MAX_MS = 30_000;
/** Whoever ran so long was well: the next failure is a new one. */
const WELL_AFTER_MS = 60_000;

/**
 * For glibc: what takes a megabyte goes back to the system when it is free. Left alone it learns to keep the 19 MiB of a password's hash, for
 * each thread: after sixty sign-ins 198 MB were resident in place of 98. The kernel gives such memory in pages of 2 MiB where it may: else a
 * hash waits for 4,900 pages of 4 KiB, which took a fifth of its time. All threads share one arena: each of its own kept what starting took.
 */
const MEMORY = {
  MALLOC_MMAP_THRESHOLD_: "1048576",
  MALLOC_ARENA_MAX: "1",
  GLIBC_TUNABLES: "glibc.malloc.hugetlb=1",
};

export class IdentitySupervisor {
  readonly #program: string;
  #told: IdentityToServe | undefined;
  #recorder: Recorder | undefined;
  /** Told before there was a record. One that is told again for want of an answer takes the place that it had. */
  readonly #early = new Map<unknown, () => void>();
  #child: ChildProcess | undefined;
  #stopping = false;
  #delayMs = RESTART_MIN_MS;

  constructor(program = PROGRAM) {
    this.#program = program;
  }

  /** Its process loads its code while what it shall serve is not known yet. */
  begin(): void {
    this.#spawn();
  }

  /**
   * Resolves when it serves. Throws UsageError where it ended instead: it has said why. A process that takes its place later is told the
   * same: a changed section `identity` needs a restart of the gateway too.
   */
  async start(told: IdentityToServe): Promise<void> {
    this.#told = told;
    const begun = this.#child;
    const child = begun === undefined || hasEnded(begun) ? this.#spawn() : begun;
    child.send(told, ignore);
    const over = new AbortController();
    const { signal } = over;
    const outcome = await Promise.race([
      untilListening(child, signal).then(() => "listening"),
      once(child, "exit", { signal }).then(() => "ended"),
      wait(START_TIMEOUT_MS, "late", { signal }),
    ]);
    over.abort();
    if (outcome === "listening") return;
    this.#stopping = true;
    child.kill("SIGKILL");
    throw new UsageError(
      outcome === "ended" ? "the authorization server ended at its start" : "the authorization server does not start",
      "What it says stands above. `portcullis identity start` runs it alone.",
    );
  }

  /** From now on its ends and what changes in it are recorded. */
  record(recorder: Recorder): void {
    this.#recorder = recorder;
    for (const tell of this.#early.values()) tell();
    this.#early.clear();
  }

  /** Resolves when it has ended and all that it said is recorded: what it hears no answer to, it tells the next gateway. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child === undefined || hasEnded(child)) return;
    const ended = Promise.all([once(child, "exit"), child.connected && once(child, "disconnect")]);
    const end: EndTold = { end: true };
    child.send(end, ignore);
    const late = new AbortController();
    const cut = wait(STOP_TIMEOUT_MS, undefined, { signal: late.signal }).then(
      () => child.kill("SIGKILL"),
      () => undefined,
    );
    await ended;
    late.abort();
    await cut;
    this.#recorder = undefined;
  }

  /** Accounts and clients are changed behind a request that is recorded for itself, and by commands that have no record. */
  #recordEvent(child: ChildProcess, told: Partial<EventTold>): void {
    const { change, event } = told;
    if (event === undefined) return;
    if (this.#recorder === undefined && !this.#stopping) {
      this.#early.set(change ?? told, () => this.#recordEvent(child, told));
      return;
    }
    this.#recorder?.system(event);
    if (change === undefined) return;
    const answer: ChangeAnswer = { change, taken: this.#recorder !== undefined };
    child.send(answer, () => undefined);
  }

  #spawn(): ChildProcess {
    const startedMs = performance.now();
    const env = { ...MEMORY, ...process.env };
    const child = fork(this.#program, { env, stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.#child = child;
    child.on("error", ignore);
    child.on("message", (said: unknown) => this.#recordEvent(child, said as Partial<EventTold>));
    child.once("exit", (code, signal) => {
      const told = this.#told;
      if (this.#stopping || told === undefined) return;
      if (performance.now() - startedMs > WELL_AFTER_MS) this.#delayMs = RESTART_MIN_MS;
      const how = signal ?? `code ${code ?? 0}`;
      const message = `the authorization server ended (${how}); it is started again in ${this.#delayMs} ms`;
      this.#recorder?.system({ action: "identity.ended", level: "error", message });
      setTimeout(() => {
        if (!this.#stopping) this.#spawn().send(told, ignore);
      }, this.#delayMs);
      this.#delayMs = Math.min(this.#delayMs * 2, RESTART_MAX_MS);
    });
    return child;
  }
}

/** Changes may be told before. */
async function untilListening(child: ChildProcess, signal: AbortSignal): Promise<void> {
  for await (const [said] of on(child, "message", { signal })) {
    if ((said as { listening?: number }).listening !== undefined) return;
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** Its end says it too. */
function ignore(): void {}
