// Makes room for newcomers when a listener is full: idle connections alone must not shut honest clients out (F20).
import type { Http2Session } from "node:http2";
import type { Socket } from "node:net";
import { connectionOf } from "./connection.ts";
import { streamsOf } from "./session.ts";

/** What is spoken over a connection, by the client's address and port: over TLS that is another object than the connection. */
type Speakers = Map<string, Socket | Http2Session>;

export class Room {
  readonly #speakers: Speakers = new Map();

  /** HTTP/2 began. */
  speaksHttp2(session: Http2Session): void {
    if (session.socket !== undefined) this.#speakers.set(nameOf(session.socket), session);
  }

  /** TLS began; Node tells of the session within it first. */
  speaksTls(socket: Socket): void {
    const name = nameOf(socket);
    if (!this.#speakers.has(name)) this.#speakers.set(name, socket);
  }

  left(name: string): void {
    this.#speakers.delete(name);
  }

  /** Cuts the oldest connection that never asked for anything; where there is none, the oldest with nothing under way. */
  make(sockets: Iterable<Socket>, newcomer: Socket, isSecure: boolean): void {
    let idle: Socket | undefined;
    for (const socket of sockets) {
      if (socket === newcomer) continue;
      const speaker = isSecure ? this.#speakers.get(nameOf(socket)) : socket;
      const { asked, open } = speaker === undefined ? NOTHING : usage(speaker);
      if (open > 0) continue;
      idle ??= socket;
      if (asked) continue;
      socket.destroy();
      return;
    }
    idle?.destroy();
  }
}

/** A handshake that is not over. */
const NOTHING = { asked: false, open: 0 };

function usage(speaker: Socket | Http2Session): { asked: boolean; open: number } {
  if (!("remotePort" in speaker)) return streamsOf(speaker);
  const { last, open } = connectionOf(speaker);
  return { asked: last !== undefined, open };
}

export function nameOf({ remoteAddress, remotePort }: Pick<Socket, "remoteAddress" | "remotePort">): string {
  return `${remoteAddress} ${remotePort}`;
}
