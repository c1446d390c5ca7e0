// A syslog server that reads octet-counted messages strictly, and whose every misbehaviour a test chooses.
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { freePort } from "../servers/free-port.ts";

export interface SyslogMessage {
  readonly priority: number;
  readonly timestamp: string;
  readonly hostname: string;
  readonly appName: string;
  readonly procid: string;
  readonly msgid: string;
  readonly data: string;
  readonly text: string;
}

/** RFC 5424 6, as far as one expression can say it. */
const FORM =
  /^<(\d{1,3})>1 (\S{1,64}) ([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) (-|(?:\[[!-~]+?(?: [!-~]+?="(?:[^"\\\]]|\\["\\\]])*")*\])+) (.*)$/su;

export function readMessage(bytes: Buffer): SyslogMessage {
  const found = FORM.exec(bytes.toString("utf8"));
  if (found === null) throw new Error(`no message of RFC 5424: ${bytes.toString().slice(0, 200)}`);
  const [, priority, timestamp, hostname, appName, procid, msgid, data, text] = found as unknown as string[];
  return { priority: Number(priority), timestamp, hostname, appName, procid, msgid, data, text } as SyslogMessage;
}

export class SyslogStandIn {
  readonly messages: SyslogMessage[] = [];
  /** Called for each connection; the usual one reads everything, and closes after the other end did. */
  onConnection: (socket: Socket) => void = (socket) => this.read(socket);
  connections = 0;
  readonly #tls: TlsOptions | undefined;
  #server: Server;
  readonly #sockets = new Set<Socket>();
  port = 0;

  constructor(tls?: TlsOptions) {
    this.#tls = tls;
    this.#server = this.#create();
  }

  get ids(): string[] {
    return this.messages.map(({ text }) => (JSON.parse(text) as { event: { id: string } }).event.id);
  }

  /** Reads frames until the end; what is torn at the end is no message. */
  read(socket: Socket): void {
    let rest = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      for (let frame = frameOf(rest); frame !== undefined; frame = frameOf(rest)) {
        this.messages.push(readMessage(frame.message));
        rest = rest.subarray(frame.end);
      }
    });
  }

  /** Breaks a connection off, TLS or not: the other end sees a reset. */
  reset(socket: Socket): void {
    for (const one of this.#sockets) if (one.remotePort === socket.remotePort) one.resetAndDestroy();
  }

  #create(): Server {
    const listener = (socket: Socket): void => {
      this.connections += 1;
      socket.on("error", () => undefined);
      this.onConnection(socket);
    };
    const server = this.#tls === undefined ? createServer(listener) : createTlsServer(this.#tls, listener);
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => undefined).on("close", () => this.#sockets.delete(socket));
    });
    return server.on("tlsClientError", () => undefined);
  }

  async start(): Promise<this> {
    if (this.port === 0) this.port = await freePort();
    this.#server.listen(this.port, "127.0.0.1");
    await once(this.#server, "listening");
    return this;
  }

  /** As a killed process: every connection ends, nobody listens any more. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
    this.#server = this.#create();
  }
}

function frameOf(bytes: Buffer): { message: Buffer; end: number } | undefined {
  const space = bytes.indexOf(0x20);
  if (space < 0) return undefined;
  const count = bytes.subarray(0, space).toString();
  if (!/^[1-9]\d{0,9}$/.test(count)) throw new Error(`no octet count: ${count.slice(0, 40)}`);
  const end = space + 1 + Number(count);
  return bytes.length < end ? undefined : { message: bytes.subarray(space + 1, end), end };
}
