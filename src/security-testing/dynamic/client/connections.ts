// Connections to the target and to nothing else: opened when needed, used again when an answer left them clean.
import { connect as connectPlain, isIP, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";
import type { Target } from "../target.ts";
import { type Answer, AnswerReader } from "./answer-reader.ts";

const CONNECT_MS_MAX = 10_000;
/** How long a stream may be silent until its beginning is the answer. */
export const STREAM_MS = 100;

export class Connections {
  readonly #target: Target;
  readonly #open = new Set<Socket>();
  readonly #idle: Socket[] = [];

  constructor(target: Target) {
    this.#target = target;
  }

  /** The answer, or undefined where none came: the connection ended, or time ran out. */
  async ask(message: Buffer, method: string, { timeoutMs, isFresh }: { timeoutMs: number; isFresh: boolean }) {
    const reused = isFresh ? undefined : this.#reuse();
    if (reused !== undefined) {
      const answer = await exchange(reused, message, method, timeoutMs);
      // It had ended while nobody used it: nothing of the request was read.
      if (answer !== "unread") return this.#giveBack(reused, answer, isFresh);
      reused.destroy();
    }
    const socket = await this.open();
    if (socket === undefined) return undefined;
    const answer = await exchange(socket, message, method, timeoutMs);
    return this.#giveBack(socket, answer === "unread" ? undefined : answer, isFresh);
  }

  /** Undefined where nobody accepts it. */
  open(): Promise<Socket | undefined> {
    const { host, port, isTls } = this.#target;
    return new Promise((resolve) => {
      const ready = () => {
        socket.setTimeout(0);
        resolve(socket);
      };
      const socket: Socket = isTls
        ? connectTls(tlsOptions(this.#target, ["http/1.1"]), ready)
        : connectPlain({ host, port, noDelay: true }, ready);
      this.#open.add(socket);
      socket.setTimeout(CONNECT_MS_MAX, () => socket.destroy());
      socket.on("error", () => undefined);
      socket.on("close", () => {
        this.#open.delete(socket);
        resolve(undefined);
      });
    });
  }

  close(): void {
    for (const socket of this.#open) socket.destroy();
  }

  #reuse(): Socket | undefined {
    for (;;) {
      const socket = this.#idle.pop();
      if (socket === undefined || (!socket.destroyed && !socket.readableEnded)) return socket;
    }
  }

  #giveBack(socket: Socket, answer: Answer | undefined, isFresh: boolean): Answer | undefined {
    if (answer?.isReusable === true && !isFresh) this.#idle.push(socket);
    else socket.destroy();
    return answer;
  }
}

export function tlsOptions({ host, port, authority, ca }: Target, protocols: string[]): ConnectionOptions {
  const name = new URL(`https://${authority}`).hostname.replaceAll(/[[\]]/g, "");
  return {
    host,
    port,
    ALPNProtocols: protocols,
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ...(ca === undefined ? {} : { ca }),
  };
}

/** `unread`: the connection was gone before anything could be answered. */
function exchange(
  socket: Socket,
  message: Buffer,
  method: string,
  timeoutMs: number,
): Promise<Answer | "unread" | undefined> {
  return new Promise((resolve) => {
    const reader = new AnswerReader(method);
    const finish = (answer: Answer | "unread" | undefined) => {
      clearTimeout(timer);
      socket.off("data", onData).off("end", onEnd).off("close", onEnd);
      resolve(answer);
    };
    const onData = (chunk: Buffer) => {
      const answer = reader.read(chunk);
      if (answer !== undefined) finish(answer);
      else if (reader.isEndless) {
        clearTimeout(timer);
        timer = setTimeout(() => finish(reader.end()), STREAM_MS);
      }
    };
    const onEnd = () => finish(reader.hasBegun ? reader.end() : "unread");
    let timer = setTimeout(() => finish(reader.end()), timeoutMs);
    socket.on("data", onData).on("end", onEnd).on("close", onEnd);
    if (socket.destroyed) onEnd();
    else socket.write(message);
  });
}
