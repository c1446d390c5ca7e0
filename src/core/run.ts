// Runs request guards in order: the only place that knows what modes, faults and deadlines mean. Never throws or rejects.
import type { Exchange } from "./exchange.ts";
import type { RequestGuard } from "./guard.ts";
import { type Denial, deny, type Ending, type Outcome } from "./outcome.ts";

/** How long a guard may wait for something outside before it counts as late. */
export const GUARD_DEADLINE_MS = 10_000;

/** What a run says where the client has left meanwhile: nothing more may happen, and nobody reads the answer. */
const ABANDONED: Denial = deny("transport.body-incomplete", { internal: "the client left" });

type Verdict = Ending | undefined;

/** Runs request guards. Answers at once unless a guard gave a promise. A denial is also noted on the exchange. */
export function runRequestGuards(guards: readonly RequestGuard[], exchange: Exchange): Verdict | Promise<Verdict> {
  return runFrom(guards, exchange, 0);
}

function runFrom(guards: readonly RequestGuard[], exchange: Exchange, start: number): Verdict | Promise<Verdict> {
  const { timing } = exchange;
  for (let i = start; i < guards.length; i += 1) {
    const guard = guards[i] as RequestGuard;
    if (guard.dependsOn !== undefined && exchange.notes.length > 0 && unjudgeable(guard, exchange)) continue;
    const startedMs = timing === undefined ? 0 : timing.now();
    let outcome: Outcome | Promise<Outcome>;
    try {
      outcome = guard.check(exchange);
    } catch (error) {
      outcome = failed(exchange, guard.name, error);
    }
    if (isPromise(outcome)) {
      return inTime(outcome, exchange, guard).then((settled) => {
        timing?.ended(guard.name, startedMs);
        return advance(guards, i, exchange, settled);
      });
    }
    if (timing !== undefined) timing.ended(guard.name, startedMs);
    if (outcome?.kind !== "continue") {
      const told = apply(guards, i, exchange, outcome);
      if (told !== undefined) return goOnAfter(told, guards, i, exchange, outcome);
      const verdict = endingOf(guard, outcome);
      if (verdict !== undefined) return verdict;
    }
  }
  return undefined;
}

function advance(
  guards: readonly RequestGuard[],
  index: number,
  exchange: Exchange,
  outcome: Outcome,
): Verdict | Promise<Verdict> {
  if (exchange.ended !== "open") return exchange.denial ?? ABANDONED;
  const told = apply(guards, index, exchange, outcome);
  if (told !== undefined) return goOnAfter(told, guards, index, exchange, outcome);
  return endingOf(guards[index] as RequestGuard, outcome) ?? runFrom(guards, exchange, index + 1);
}

function goOnAfter(
  told: Promise<void>,
  guards: readonly RequestGuard[],
  index: number,
  exchange: Exchange,
  outcome: Outcome,
): Promise<Verdict> {
  return told.then(() => {
    if (exchange.ended !== "open") return exchange.denial ?? ABANDONED;
    return endingOf(guards[index] as RequestGuard, outcome) ?? runFrom(guards, exchange, index + 1);
  });
}

/** What ends the exchange: an enforced denial or answer, or something that is no outcome at all. */
function endingOf(guard: RequestGuard, outcome: Outcome): Verdict {
  if (guard.mode === "monitor") return undefined;
  switch (outcome?.kind) {
    case "continue":
    case "replace":
      return undefined;
    case "deny":
    case "answer":
      return outcome;
    default:
      return deny("transport.guard-failed");
  }
}

/** Applies an outcome in the guard's mode; a promise where an earlier guard must be waited for. */
function apply(
  guards: readonly RequestGuard[],
  index: number,
  exchange: Exchange,
  outcome: Outcome,
): Promise<void> | undefined {
  const guard = guards[index] as RequestGuard;
  const enforced = guard.mode === "enforce";
  switch (outcome?.kind) {
    case "continue":
      return undefined;
    case "answer":
      if (!enforced) exchange.note({ guard: guard.name, kind: "noticed", text: "would have answered" });
      return undefined;
    case "replace":
      exchange.note({ guard: guard.name, kind: enforced ? "replaced" : "would-replace", text: outcome.what });
      if (enforced) exchange.body = { kind: "read", bytes: outcome.bytes, replaced: true };
      return undefined;
    case "deny":
      break;
    default:
      outcome = failed(exchange, guard.name, new TypeError("not an outcome"));
  }
  if (enforced) exchange.refuse(outcome, guard.name);
  else exchange.note({ guard: guard.name, kind: "would-deny", denial: outcome });
  return tellEarlier(guards, index, exchange, outcome);
}

function tellEarlier(
  guards: readonly RequestGuard[],
  index: number,
  exchange: Exchange,
  denial: Denial,
): Promise<void> | undefined {
  let pending: Promise<void>[] | undefined;
  for (let i = 0; i < index; i += 1) {
    const guard = guards[i] as RequestGuard;
    if (guard.denied === undefined) continue;
    try {
      const told = guard.denied(exchange, denial, guards[index] as RequestGuard);
      if (isPromise(told)) (pending ??= []).push(toldInTime(told, exchange, guard.name));
    } catch (error) {
      exchange.failed(guard.name, error);
    }
  }
  return pending === undefined ? undefined : Promise.all(pending).then(() => undefined);
}

/** In monitor, a guard that builds on a practice which would have denied has nothing to judge. */
function unjudgeable(guard: RequestGuard, exchange: Exchange): boolean {
  if (guard.mode !== "monitor") return false;
  const found = exchange.notes.some(
    (note) => note.kind === "would-deny" && note.guard.startsWith(`${guard.dependsOn as string}.`),
  );
  if (found) exchange.note({ guard: guard.name, kind: "not-judged", text: `needs ${guard.dependsOn as string}` });
  return found;
}

function failed(exchange: Exchange, guard: string, error: unknown): Denial {
  exchange.failed(guard, error);
  return deny("transport.guard-failed");
}

export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | undefined)?.then === "function";
}

/** The promise's outcome, or a denial when it fails or is late. Never rejects. */
function inTime(pending: Promise<Outcome>, exchange: Exchange, { name, deadlineMs }: RequestGuard): Promise<Outcome> {
  const late = (): Outcome => deny("transport.guard-late", { lines: ["Retry-After", "5"] });
  return withDeadline(pending, exchange, name, late, () => deny("transport.guard-failed"), deadlineMs);
}

/** A hook that fails or is late is a fault in the record and nothing else. */
function toldInTime(pending: Promise<void>, exchange: Exchange, guard: string): Promise<void> {
  const nothing = (): void => undefined;
  return withDeadline(pending, exchange, guard, nothing, nothing);
}

function withDeadline<T>(
  pending: Promise<T>,
  exchange: Exchange,
  guard: string,
  late: () => T,
  broken: () => T,
  deadlineMs = GUARD_DEADLINE_MS,
): Promise<T> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      exchange.failed(guard, new Error("late"));
      resolve(late());
    }, deadlineMs);
    pending.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        exchange.failed(guard, error);
        resolve(broken());
      },
    );
  });
}
