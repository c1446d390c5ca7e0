// The API under test where the owner said how to start it: a process that comes and goes with the run.
import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { CannotTest } from "./cannot-test.ts";
import { begin, type CommandOptions, letGo } from "./guarded-process.ts";

const READY_MS_MAX = 60_000;
const LOOK_MS = 50;
const END_MS_MAX = 3_000;
const LAST_WORDS_MS_MAX = 500;
const KEPT_CHARACTERS_MAX = 2_000;

export interface ApiProcess {
  /** Throws CannotTest where it has ended by itself. */
  check(): void;
  close(): Promise<void>;
}

/** Resolves once something answers at `ready`. Throws CannotTest, with what the process said last. */
export async function startApi(options: CommandOptions & { readonly ready: string }): Promise<ApiProcess> {
  const { ready, signal } = options;
  if (await answers(ready)) {
    throw new CannotTest(`something answers at ${ready} already, before the API was started: end it first`);
  }
  const child = begin(options);
  const said = lastWords(child);
  // Whoever asks twice for the end does not wait for it: the API must not stay behind.
  const atExit = () => signalGroup(child, "SIGKILL");
  process.once("exit", atExit);
  const close = async () => {
    await endGroup(child);
    process.off("exit", atExit);
  };
  const untilMs = performance.now() + READY_MS_MAX;
  try {
    // oxlint-disable no-await-in-loop -- one look after another
    while (!(await answers(ready))) {
      signal.throwIfAborted();
      if (hasEnded(child)) throw new CannotTest(`the API ended before it answered at ${ready}. ${said()}`.trim());
      if (performance.now() > untilMs) throw new CannotTest(`the API does not answer at ${ready}. ${said()}`.trim());
      await sleep(LOOK_MS);
    }
    // oxlint-enable no-await-in-loop
    const check = () => {
      if (hasEnded(child)) throw new CannotTest(`the API ended while it was tested. ${said()}`.trim());
    };
    return { check, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Runs to its end. Throws CannotTest where that is no success. */
export async function runCommand(options: CommandOptions): Promise<void> {
  const child = begin(options);
  const said = lastWords(child);
  const stop = () => void endGroup(child);
  options.signal.addEventListener("abort", stop);
  const code = await new Promise((resolve) => {
    child.once("error", resolve);
    child.once("exit", (status) => {
      letGo(child);
      // What it said last may still be on its way; what it left running keeps the pipes open.
      child.once("close", () => resolve(status));
      setTimeout(() => resolve(status), LAST_WORDS_MS_MAX).unref();
    });
  });
  for (const stream of [child.stdout, child.stderr]) stream?.destroy();
  options.signal.removeEventListener("abort", stop);
  if (code !== 0) throw new CannotTest(`the command ${String(options.command)} failed. ${said()}`.trim());
}

function lastWords({ stdout, stderr }: ChildProcess): () => string {
  let text = "";
  for (const stream of [stdout, stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      text = (text + chunk.toString("utf8")).slice(-KEPT_CHARACTERS_MAX);
    });
  }
  return () => (text.trim() === "" ? "" : `It said: ${text.trim()}`);
}

function hasEnded({ exitCode, signalCode, pid }: ChildProcess): boolean {
  return pid === undefined || exitCode !== null || signalCode !== null;
}

async function endGroup(child: ChildProcess): Promise<void> {
  const gone = new Promise<void>((resolve) => {
    if (hasEnded(child)) resolve();
    else child.once("exit", () => resolve());
  });
  signalGroup(child, "SIGTERM");
  const inTime = await Promise.race([gone.then(() => true), sleep(END_MS_MAX, false, { ref: false })]);
  if (!inTime) signalGroup(child, "SIGKILL");
  await gone;
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === "win32" ? pid : -pid, signal);
  } catch {
    // It has ended.
  }
}

/** Whether anything answers there, whatever it says. */
export async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return true;
  } catch {
    return false;
  }
}
