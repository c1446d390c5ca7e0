// Syslog over TLS (RFC 5425) or TCP (RFC 6587). Neither has an acknowledgement, so each batch ends its connection: that a server
// closes in order after our end means that it read everything before, and that it takes the next connection, that it did not
// close because it was going down.
import { once } from "node:events";
import type { Socket } from "node:net";
import { setImmediate as turn, setTimeout as pause } from "node:timers/promises";
import { EgressError } from "../../egress/egress-error.ts";
import { connectStream, type StreamTarget } from "../../egress/stream.ts";
import { framed } from "./message.ts";

/** Older ones may be dead without anybody having told: a firewall forgot them. */
const READY_MS_MAX = 20_000;
/** Beside two ways there and back. A batch takes that much longer; a thousand events in it make it little for each. */
const OWN_ACCORD_MS = 50;

export interface StreamLimits {
  readonly connectTimeoutMs: number;
  /** For connecting, writing, and the server's own close. */
  readonly timeoutMs: number;
}

/** Why nothing is known to have arrived. */
export class Unconfirmed extends Error {}

interface Connection {
  readonly socket: Socket;
  /** How long it took to make: a little more than a way there and back. */
  readonly connectMs: number;
  readonly sinceMs: number;
}

export class StreamTransport {
  readonly #target: StreamTarget;
  readonly #limits: StreamLimits;
  /** Made to see that the server still stands; used for the next batch. */
  #ready: Connection | undefined;
  #closed = false;

  constructor(target: StreamTarget, limits: StreamLimits) {
    this.#target = target;
    this.#limits = limits;
  }

  /** Resolves when the server has read all of them. Rejects with EgressError or Unconfirmed where that is not known. */
  async send(messages: readonly Buffer[], signal: AbortSignal): Promise<void> {
    const timeout = AbortSignal.timeout(this.#limits.timeoutMs);
    const connection = this.#takeReady() ?? (await this.#connect(signal));
    try {
      await finish(connection, Buffer.concat(messages.map(framed)), AbortSignal.any([timeout, signal]));
    } catch (error) {
      if (signal.aborted) throw new Unconfirmed("the gateway is closing");
      if (timeout.aborted) throw new Unconfirmed("it did not read everything in time");
      throw error;
    } finally {
      connection.socket.destroy();
    }
    await this.#verify(signal);
  }

  close(): void {
    this.#closed = true;
    this.#ready?.socket.destroy();
    this.#ready = undefined;
  }

  async #connect(signal: AbortSignal): Promise<Connection> {
    const begunMs = performance.now();
    const socket = await connectStream(this.#target, this.#limits.connectTimeoutMs, signal);
    const sinceMs = performance.now();
    return { socket, connectMs: sinceMs - begunMs, sinceMs };
  }

  async #verify(signal: AbortSignal): Promise<void> {
    let connection: Connection;
    try {
      connection = await this.#connect(signal);
    } catch (error) {
      const why = error instanceof EgressError ? error.what : "unknown error";
      throw new Unconfirmed(`it closed the connection and takes no other: ${why}`);
    }
    // What happens to it while nothing was written to it harms nobody.
    const { socket } = connection;
    socket.on("error", () => undefined);
    socket.resume().unref();
    if (this.#closed) socket.destroy();
    else this.#ready = connection;
  }

  #takeReady(): Connection | undefined {
    const ready = this.#ready;
    this.#ready = undefined;
    if (ready === undefined) return undefined;
    const { socket, sinceMs } = ready;
    const isOpen = !socket.destroyed && socket.writable && !socket.readableEnded;
    if (isOpen && performance.now() - sinceMs < READY_MS_MAX) {
      socket.ref();
      return ready;
    }
    socket.destroy();
    return undefined;
  }
}

/**
 * Writes everything, gives the server a moment to close of its own accord (it goes down, or is a balancer without anybody
 * behind), and only then ends: its own end after that is its answer to ours.
 */
async function finish({ socket, connectMs }: Connection, bytes: Buffer, signal: AbortSignal): Promise<void> {
  let fault: Error | undefined;
  let isEnding = false;
  let hasEnded = false;
  socket.on("end", () => {
    hasEnded = true;
    if (!isEnding) fault ??= new Unconfirmed("it closed the connection of its own accord");
  });
  socket.on("error", (error: NodeJS.ErrnoException) => {
    fault ??= new Unconfirmed(`it broke the connection off (${error.code ?? "unknown error"})`);
  });
  socket.resume();
  const closed = once(socket, "close", { signal }).catch((error: unknown) => {
    throw fault ?? error;
  });
  const written = new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
  await Promise.race([closed, written]);
  await Promise.race([closed, pause(OWN_ACCORD_MS + 2 * connectMs, undefined, { signal })]);
  // Where this process was busy for longer, what came meanwhile is still to be read: timers come before sockets.
  await turn();
  if (fault !== undefined) throw fault;
  isEnding = true;
  socket.end();
  await closed;
  if (fault !== undefined) throw fault;
  if (!hasEnded) throw new Unconfirmed("the connection ended without the server's word");
}
