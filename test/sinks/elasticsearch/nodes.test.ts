// Several nodes of one cluster: asked in turn; one that fails rests, and holds up nothing.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Destination } from "../../../src/monitoring/index.ts";
import { deliver, destinationFor, HandClock, optionsFor, records } from "./delivering.ts";
import { type Fault, refuse, StandIn } from "./stand-in.ts";

let server: StandIn;
let url: string;
let second: { server: StandIn; url: string };
let clock: HandClock;
let to: Destination;

beforeEach(async () => {
  clock = new HandClock();
  server = new StandIn();
  url = await server.listen();
  const other = new StandIn();
  second = { server: other, url: await other.listen() };
  to = destinationFor(optionsFor([url, second.url]), clock);
});

afterEach(async () => {
  await Promise.all([to.close(), server.close(), second.server.close()]);
});

describe("several nodes", () => {
  it("are asked in turn", async () => {
    for (let i = 0; i < 4; i += 1) await deliver(to, records(1));
    const counts = [server.asked.length, second.server.asked.length];
    expect(Math.abs((counts[0] as number) - (counts[1] as number))).toBeLessThanOrEqual(1);
  });

  it.each<[string, Fault]>([
    ["resets", ({ socket }) => socket.resetAndDestroy()],
    ["answers 503", (_, response) => refuse(response, 503, "x")],
    ["answers 502", (_, response) => void response.writeHead(502).end()],
  ])("one that %s rests, and the other takes its place at once", async (_, fault) => {
    await deliver(to, records(1));
    server.faults.push(fault, fault, fault);
    const before = server.bulks.length;
    for (let i = 0; i < 6; i += 1) expect((await deliver(to, records(2))).kind).toBe("answered");
    expect(server.bulks.length - before).toBe(1);
    server.faults.length = 0;
    clock.pass(1_000);
    for (let i = 0; i < 2; i += 1) await deliver(to, records(2));
    expect(server.bulks.length - before).toBe(2);
  });

  it("rest longer each time, and as long as they ask to", async () => {
    await deliver(to, records(1));
    const busy: Fault = (_, response) => refuse(response.setHeader("retry-after", "30"), 503, "x");
    const reset: Fault = ({ socket }) => socket.destroy();
    const asked = async (ms: number): Promise<number> => {
      clock.pass(ms);
      const before = server.bulks.length;
      for (let i = 0; i < 2; i += 1) await deliver(to, records(1));
      return server.bulks.length - before;
    };
    server.faults.push(reset, reset, busy, reset);
    expect(await asked(0)).toBe(1);
    expect(await asked(999)).toBe(0);
    expect(await asked(1)).toBe(1);
    expect(await asked(1_999)).toBe(0);
    expect(await asked(1)).toBe(1);
    expect(await asked(29_999)).toBe(0);
    expect(await asked(1)).toBe(1);
  });

  it("that all rest: the one that is due first is asked all the same", async () => {
    await deliver(to, records(1));
    const reset: Fault = ({ socket }) => socket.destroy();
    server.faults.push(reset);
    second.server.faults.push(reset);
    expect((await deliver(to, records(2))).kind).toBe("unavailable");
    expect(await deliver(to, records(2))).toEqual({ kind: "answered", outcomes: ["delivered", "delivered"] });
  });
});
