// A gateway before a recorder, over plain HTTP or TLS, for one attack; and the control without a gateway.
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { expect } from "vitest";
import type { Gate } from "../../src/core/gate.ts";
import type { GatewayOptions } from "../../src/gateway/start.ts";
import { type Limits, LIMITS } from "../../src/transport/limits.ts";
import { testCertificate } from "../gateway/certificates.ts";
import { type Started, startOver } from "../gateway/harness.ts";
import type { Message } from "./messages.ts";
import { eventually, GOOD, type Recorder, startPipe, startRecorder, talk } from "./wire.ts";

export interface Bench extends Started {
  readonly port: number;
  readonly upstream: Recorder;
  /** A connection over which HTTP/1.1 is spoken: TLS where the gateway has a certificate. */
  readonly dial: () => Socket;
}

export interface BenchOptions {
  readonly gate?: Partial<Gate>;
  readonly gateway?: Partial<GatewayOptions>;
  readonly tls?: boolean;
  /** Limits unlike the usual ones. */
  readonly limits?: Partial<Limits>;
  readonly answer?: (request: Message, socket: Socket) => void;
}

/** Closed when `use` is done. */
export async function withBench<T>(use: (bench: Bench) => Promise<T>, options: BenchOptions = {}): Promise<T> {
  const secure = options.tls === true;
  const tls = secure ? await testCertificate() : undefined;
  const upstream = await startRecorder(options.answer);
  const started = await startOver(upstream.origin, options.gate, {
    drainTimeoutMs: 50,
    tls,
    limits: { ...LIMITS, lingerMs: 100, ...options.limits },
    ...options.gateway,
  });
  const port = Number(new URL(started.gateway.url).port);
  const to = { port, host: "127.0.0.1" };
  const dial = () =>
    secure ? connectTls({ ...to, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] }) : connect(to);
  try {
    return await use({ ...started, upstream, port, dial });
  } finally {
    await started.close();
    await upstream.close();
  }
}

/** The control: through a pipe that guards nothing, every byte arrives. */
export async function arrivesUnguarded(bytes: Buffer): Promise<void> {
  const upstream = await startRecorder(() => undefined);
  const pipe = await startPipe(upstream.port);
  const socket = connect(pipe.port, "127.0.0.1");
  socket.write(bytes);
  await eventually(() => upstream.bytes().equals(bytes));
  socket.destroy();
  await pipe.close();
  await upstream.close();
}

/** An honest client gets its answer, whatever happened before. Comes after the gate has dealt with what was sent. */
export async function stillServes({ dial }: Pick<Bench, "dial">): Promise<void> {
  const honest = await talk(dial(), GOOD, ({ complete }) => complete.length > 0);
  expect(honest.statuses).toEqual([200]);
}
