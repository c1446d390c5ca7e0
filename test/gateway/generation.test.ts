// Guards the exchange of policy and upstream while requests are under way: each ends as it began, and nothing lingers behind.
import { describe, expect, it } from "vitest";
import type { Gate } from "../../src/core/gate.ts";
import { bindGate } from "../../src/core/gate.ts";
import { CONTINUE, type Outcome } from "../../src/core/outcome.ts";
import type { Replaceable } from "../../src/gateway/start.ts";
import { Leases } from "../../src/gateway/leases.ts";
import { createSettler } from "../../src/transport/settle.ts";
import { ask, hello, keep, OPEN_GATE, startOver, startUpstream, type Upstream } from "./harness.ts";

function policyOf(version: string, upstream: Upstream, gate: Partial<Gate> = {}): Replaceable {
  const bound = bindGate({ ...OPEN_GATE, ...gate });
  return {
    policy: { version, refused: bound, enter: () => bound },
    settle: createSettler({ trustedProxies: [] }),
    upstream: {
      origin: upstream.origin,
      connectTimeoutMs: 2_000,
      answerTimeoutMs: 5_000,
      idleTimeoutMs: 5_000,
      connectionsMax: 64,
    },
  };
}

describe("replacing policy and upstream", () => {
  it("lets a request end with what it began with, and sends the next to the new one", async () => {
    const [first, second] = [keep(await hello()), keep(await hello())];
    const arrived = Promise.withResolvers<void>();
    const held = Promise.withResolvers<Outcome>();
    const check = () => {
      arrived.resolve();
      return held.promise;
    };
    const head = [{ practice: "validation", name: "validation.held", mode: "enforce", check }] as const;
    const { gateway, recorder } = keep(await startOver(first.origin, { head }));
    const early = ask(gateway.url);
    await arrived.promise;
    const earlierGone = gateway.replace(policyOf("second", second));
    expect((await ask(gateway.url)).status).toBe(200);
    expect([first.seen.length, second.seen.length]).toEqual([0, 1]);
    held.resolve(CONTINUE);
    expect((await early).status).toBe(200);
    await earlierGone;
    expect([first.seen.length, second.seen.length]).toEqual([1, 1]);
    expect(recorder.exchanges.map(({ policyVersion }) => policyVersion)).toEqual(["second", "test"]);
  });

  it("drains the old pool, and keeps the connections where the upstream stays", async () => {
    const open = new Set<unknown>();
    const first = keep(
      await startUpstream((request, response) => {
        const { socket } = request;
        if (!open.has(socket)) socket.once("close", () => open.delete(socket));
        open.add(socket);
        response.end("first");
      }),
    );
    const second = keep(await hello());
    const { gateway } = keep(await startOver(first.origin));
    await ask(gateway.url);
    expect([open.size, first.connections()]).toEqual([1, 1]);
    await gateway.replace(policyOf("again", first));
    await ask(gateway.url);
    expect(first.connections()).toBe(1);
    await gateway.replace(policyOf("other", second));
    expect((await ask(gateway.url)).body).toBe("hello");
    await expect.poll(() => open.size).toBe(0);
  });
});

describe("what generations share", () => {
  it("ends when the last of them gives it back, and once", () => {
    const ended: string[] = [];
    const leases = new Leases<string>((thing) => void ended.push(thing));
    leases.take("pool");
    leases.take("pool");
    leases.giveBack("pool");
    expect([ended, leases.all()]).toEqual([[], ["pool"]]);
    leases.giveBack("pool");
    leases.giveBack("pool");
    expect([ended, leases.all()]).toEqual([["pool"], []]);
  });
});
