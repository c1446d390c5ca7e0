// Makes room for newcomers when a listener is full: idle connections alone must not shut honest clients out (F20).
import type { Http2Session } from "node:http2";
import type { Socket } from "node:net";
import { connectionOf } from "./connection.ts";
import { streamsOf } from "./session.ts";

/** What is spoken over a connection, by the client's address and port: over TLS that is another object than the connection. */
type Speakers = Map<string, Socket | Http2Session>;

export class Room {
  readonly #speakers: Speakers = new Map();
  /** Connections on which no handshake of TLS is over yet. */
  readonly #handshakes = new Map<string, Socket>();

  /** A connection on which TLS is to be spoken. */
  awaitsTls(socket: Socket): void {
    this.#handshakes.set(nameOf(socket), socket);
  }

  /** The connection below a handshake that failed. */
  below(failed: Socket): Socket | undefined {
    return this.#handshakes.get(nameOf(failed));
  }

  /** HTTP/2 began. */
  speaksHttp2(session: Http2Session): void {
    if (session.socket !== undefined) this.#speakers.set(nameOf(session.socket), session);
  }

  /** TLS began; Node tells of the session within it first. */
  speaksTls(socket: Socket): void {
    const name = nameOf(socket);
    this.#handshakes.delete(name);
    if (!this.#speakers.has(name)) this.#speakers.set(name, socket);
  }

  left(name: string): void {
    this.#speakers.delete(name);
    this.#handshakes.delete(name);
  }

  /**
   * Cuts the oldest connection that never asked for anything; where there is none, the oldest with nothing under way; then the
   * oldest that still owes its body.
   */
  make(sockets: Iterable<Socket>, newcomer: Socket, isSecure: boolean): void {
    let idle: Socket | undefined;
    let owing: Socket | undefined;
    for (const socket of sockets) {
      if (socket === newcomer) continue;
      const speaker = isSecure ? this.#speakers.get(nameOf(socket)) : socket;
      const { asked, open, owes } = speaker === undefined ? NOTHING : usage(speaker);
      if (!asked) {
        socket.destroy();
        return;
      }
      if (open === 0) idle ??= socket;
      else if (owes) owing ??= socket;
    }
    (idle ?? owing)?.destroy();
  }
}

interface Usage {
  /** Whether there ever was a request. */
  readonly asked: boolean;
  /** Requests under way. */
  readonly open: number;
  /** Whether the body of the last one is still to come. */
  readonly owes: boolean;
}

/** A handshake that is not over. */
const NOTHING: Usage = { asked: false, open: 0, owes: false };

function usage(speaker: Socket | Http2Session): Usage {
  if (!("remotePort" in speaker)) return { ...streamsOf(speaker), owes: false };
  const { last, open } = connectionOf(speaker);
  return { asked: last !== undefined, open, owes: last?.request.complete === false };
}

export function nameOf({ remoteAddress, remotePort }: Pick<Socket, "remoteAddress" | "remotePort">): string {
  return `${remoteAddress} ${remotePort}`;
}
