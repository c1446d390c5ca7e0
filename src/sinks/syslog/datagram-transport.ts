// Syslog over UDP (RFC 5426): one message to a datagram, sent once. Nobody says what arrives.
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { settleTarget, type StreamTarget } from "../../egress/stream.ts";
import { Unconfirmed } from "./stream-transport.ts";

export interface DatagramsSent {
  /** How many of them, from the first, were handed to the system. */
  readonly tried: number;
  /** Those among them that it refused for their length. */
  readonly tooLong: ReadonlySet<number>;
  /** Why the others were not. */
  readonly fault: Unconfirmed | undefined;
}

export class DatagramTransport {
  readonly #target: StreamTarget;
  #socket: Socket | undefined;
  /** The system tells late that nobody listens: of a datagram that was sent before. */
  #fault: NodeJS.ErrnoException | undefined;

  constructor(target: StreamTarget) {
    this.#target = target;
  }

  async send(messages: readonly Buffer[], signal: AbortSignal): Promise<DatagramsSent> {
    const socket = (this.#socket ??= await this.#open());
    const tooLong = new Set<number>();
    for (const [i, message] of messages.entries()) {
      if (signal.aborted) return { tried: i, tooLong, fault: new Unconfirmed("the gateway is closing") };
      const fault = (await sendOne(socket, message)) ?? this.#fault;
      if (fault === undefined) continue;
      if (fault.code === "EMSGSIZE") {
        tooLong.add(i);
        continue;
      }
      this.close();
      return { tried: i, tooLong, fault: new Unconfirmed(`it cannot be reached (${fault.code ?? "unknown error"})`) };
    }
    return { tried: messages.length, tooLong, fault: undefined };
  }

  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
    this.#fault = undefined;
  }

  /** Connected, so that what the network says of it is heard; the addresses were judged. */
  async #open(): Promise<Socket> {
    const [first] = await settleTarget(this.#target);
    const { address = "", family = 4 } = first ?? {};
    const socket = createSocket(family === 6 ? "udp6" : "udp4");
    socket.on("error", (error: NodeJS.ErrnoException) => (this.#fault ??= error));
    socket.unref();
    socket.connect(this.#target.port, address);
    await once(socket, "connect");
    return socket;
  }
}

function sendOne(socket: Socket, message: Buffer): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => socket.send(message, (error) => resolve(error ?? undefined)));
}
