// The runner of request guards: who is told of a denial, who depends on whom, and clients that leave meanwhile.
import { describe, expect, it } from "vitest";
import { Exchange, type RequestHead } from "../../src/core/exchange.ts";
import type { RequestGuard } from "../../src/core/guard.ts";
import { CONTINUE, deny, type Outcome } from "../../src/core/outcome.ts";
import { runRequestGuards } from "../../src/core/run.ts";

const newExchange = (): Exchange => new Exchange("id", {} as RequestHead, 0, 0);
const DENIED = deny("authentication.token-expired");

function guard(name: `${RequestGuard["practice"]}.${string}`, more: Partial<RequestGuard> = {}): RequestGuard {
  const practice = name.slice(0, name.indexOf(".")) as RequestGuard["practice"];
  return { practice, name, mode: "enforce", check: () => CONTINUE, ...more };
}

describe("the hook for denials", () => {
  it("is called on earlier guards only, with the denial and who gave it, before the run ends", async () => {
    const told: string[] = [];
    const tell = (name: string) => (_exchange: Exchange, denial: { reason: string }, by: RequestGuard) => {
      told.push(`${name}: ${denial.reason} by ${by.name}`);
    };
    const last = guard("authentication.credentials", { check: () => DENIED, denied: tell("itself") });
    const guards = [
      guard("rate-limiting.a", { denied: tell("a") }),
      guard("rate-limiting.b", { denied: (...all) => Promise.resolve().then(() => tell("b")(...all)) }),
      last,
      guard("validation.later", { denied: tell("later") }),
    ];
    expect(await runRequestGuards(guards, newExchange())).toBe(DENIED);
    expect(told).toEqual([
      "a: authentication.token-expired by authentication.credentials",
      "b: authentication.token-expired by authentication.credentials",
    ]);
  });

  it("is called for a denial that is only monitored too", () => {
    let told = 0;
    const guards = [
      guard("rate-limiting.a", { denied: () => void (told += 1) }),
      guard("authentication.credentials", { mode: "monitor", check: () => DENIED }),
    ];
    expect(runRequestGuards(guards, newExchange())).toBeUndefined();
    expect(told).toBe(1);
  });

  it("that fails is a fault in the record and nothing else", () => {
    const guards = [
      guard("rate-limiting.a", {
        denied: () => {
          throw new Error("hook");
        },
      }),
      guard("authentication.credentials", { check: () => DENIED }),
    ];
    const exchange = newExchange();
    expect(runRequestGuards(guards, exchange)).toBe(DENIED);
    expect(exchange.faultBy).toBe("rate-limiting.a");
  });
});

describe("a guard that depends on a practice", () => {
  const authentication = guard("authentication.credentials", { mode: "monitor", check: () => DENIED });
  const scopes = (mode: "enforce" | "monitor", ran: string[]) =>
    guard("authorization.scopes", {
      mode,
      dependsOn: "authentication",
      check: () => {
        ran.push(mode);
        return deny("authorization.scope-insufficient");
      },
    });

  it("is not asked in monitor where that practice would have denied, and says so", () => {
    const ran: string[] = [];
    const exchange = newExchange();
    expect(runRequestGuards([authentication, scopes("monitor", ran)], exchange)).toBeUndefined();
    expect(ran).toEqual([]);
    expect(exchange.notes).toMatchObject([
      { kind: "would-deny" },
      { guard: "authorization.scopes", kind: "not-judged", text: "needs authentication" },
    ]);
  });

  it("is asked in monitor where another practice would have denied", () => {
    const ran: string[] = [];
    const other = guard("rate-limiting.subject", {
      mode: "monitor",
      check: () => deny("rate-limiting.limit-exceeded"),
    });
    runRequestGuards([other, scopes("monitor", ran)], newExchange()) as undefined;
    expect(ran).toEqual(["monitor"]);
  });

  it("is always asked where it enforces", () => {
    const ran: string[] = [];
    expect(runRequestGuards([authentication, scopes("enforce", ran)], newExchange())).toMatchObject({
      reason: "authorization.scope-insufficient",
    });
  });
});

describe("a client that leaves", () => {
  const leaving = (exchange: Exchange, outcome: Outcome): (() => Promise<Outcome>) => {
    return () =>
      Promise.resolve().then(() => {
        exchange.ended = "client-left";
        return outcome;
      });
  };

  it("while a guard waits: no further guard is asked, and nothing passes", async () => {
    const exchange = newExchange();
    let asked = false;
    const next = guard("validation.next", {
      check: () => {
        asked = true;
        return CONTINUE;
      },
    });
    const ending = await runRequestGuards(
      [guard("authentication.credentials", { check: leaving(exchange, CONTINUE) }), next],
      exchange,
    );
    expect(ending).toMatchObject({ kind: "deny" });
    expect(asked).toBe(false);
  });

  it.each(["enforce", "monitor"] as const)("while a hook waits after a denial in %s: the same", async (mode) => {
    const exchange = newExchange();
    let asked = false;
    const guards = [
      guard("rate-limiting.failed-authentication", {
        denied: () =>
          Promise.resolve().then(() => {
            exchange.ended = "client-left";
          }),
      }),
      guard("authentication.credentials", { mode, check: () => DENIED }),
      guard("validation.next", {
        check: () => {
          asked = true;
          return CONTINUE;
        },
      }),
    ];
    expect(await runRequestGuards(guards, exchange)).toMatchObject({ kind: "deny" });
    expect(asked).toBe(false);
  });
});
