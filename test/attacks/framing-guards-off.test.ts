// Each guard of framing taken out in turn: of every line that it closes at least one case must come out otherwise.
import { afterEach, describe, expect, it, vi } from "vitest";
import { http1ServerOptions } from "../../src/transport/server-options.ts";
import { stillServes, withBench } from "./bench.ts";
import { CHUNK_ATTACKS } from "./chunk-cases.ts";
import { HEAD_ATTACKS } from "./head-cases.ts";
import { block, FLAG, frame, FrameClient } from "./http2-frames.ts";
import { LENGTH_ATTACKS } from "./length-cases.ts";
import { type Attack, isBrokenOff, isRefused, type Trial } from "./refusal.ts";
import { REQUEST_ATTACKS } from "./request-cases.ts";
import { settleAll, withoutClosing, withoutOverhead } from "./unguarded.ts";
import { GOOD, HOST, talk, wire } from "./wire.ts";

/** Node's parser, which would let pass what `--insecure-http-parser` does. */
const parser = vi.hoisted(() => ({ isLenient: false }));

vi.mock(import("../../src/transport/server-options.ts"), async (original) => {
  const real = await original();
  const http1ServerOptions: typeof real.http1ServerOptions = (limits) => ({
    ...real.http1ServerOptions(limits),
    ...(parser.isLenient ? { insecureHTTPParser: true } : {}),
  });
  return { ...real, http1ServerOptions };
});

afterEach(() => {
  parser.isLenient = false;
  vi.restoreAllMocks();
});

const ALL = [...LENGTH_ATTACKS, ...CHUNK_ATTACKS, ...HEAD_ATTACKS, ...REQUEST_ATTACKS];
const LATE = new Set(CHUNK_ATTACKS);

/** The first case of that line that comes out otherwise. */
async function firstToPass(id: string, trial: Trial): Promise<string | undefined> {
  for (const attack of ALL.filter((one: Attack) => one.id === id)) {
    const tried = LATE.has(attack) ? isBrokenOff : isRefused;
    const held = await tried(attack, { waitMs: 1_000, ...trial }).then(
      () => true,
      () => false,
    );
    if (!held) return attack.name;
  }
  return undefined;
}

const WITHOUT_SETTLER: Trial = { gateway: { settle: settleAll } };

describe("without the settler", () => {
  it.each(["F04", "F10", "F11", "F12", "F13", "F14", "F15", "F16", "F17"])("lets %s pass", async (id) => {
    expect(await firstToPass(id, WITHOUT_SETTLER)).toBeDefined();
  });

  it("lets F18 pass", () =>
    withBench(
      async ({ port, upstream }) => {
        const client = await FrameClient.open(port);
        const head = block([
          [":method", "GET"],
          [":scheme", "https"],
          [":path", "/evil"],
          [":authority", "localhost"],
          ["host", "evil.test"],
        ]);
        client.socket.write(frame("HEADERS", FLAG.endHeaders | FLAG.endStream, 1, head));
        await client.until(() => client.answered(1));
        expect(upstream.requests()).toHaveLength(1);
        client.socket.destroy();
      },
      { ...WITHOUT_SETTLER, tls: true },
    ));
});

describe("with a lenient parser", () => {
  it.each(["F01", "F02", "F03", "F05", "F06", "F07", "F08", "F09"])("lets %s pass where nobody settles", async (id) => {
    parser.isLenient = true;
    expect(await firstToPass(id, WITHOUT_SETTLER)).toBeDefined();
  });

  it("is what the options say, were it not for ours: they say strict, whatever Node was told", () => {
    expect(http1ServerOptions().insecureHTTPParser).toBe(false);
    parser.isLenient = true;
    expect(http1ServerOptions().insecureHTTPParser).toBe(true);
  });
});

it("without the end of a connection behind a refused head, what is behind it passes", async () => {
  const refused = wire(`GET /late HTTP/1.1\r\n${HOST}Upgrade: h2c\r\n\r\n`);
  const passing = (): Promise<number> =>
    withBench(async (bench) => {
      // Over a connection to the API that is there already, what passes is sent at once.
      await stillServes(bench);
      const said = await talk(bench.dial(), Buffer.concat([refused, GOOD]));
      expect(said.statuses[0]).toBe(501);
      await stillServes(bench);
      return bench.upstream.requests().length - 2;
    });
  expect(await passing()).toBe(0);
  withoutClosing();
  expect(await passing()).toBe(1);
});

it("without the bound of what comes beside content, F06 passes", async () => {
  withoutOverhead();
  const endless = CHUNK_ATTACKS.filter(({ id, name }) => id === "F06" && name.includes("without end"));
  expect(endless.length).toBeGreaterThan(1);
  for (const attack of endless) await expect(isBrokenOff(attack, { waitMs: 1_000 })).rejects.toThrow("expected");
});
