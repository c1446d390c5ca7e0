// A mail server that keeps what it is given, for programs in other processes (RFC 5321, as much as they speak of it).
import { EventEmitter, once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

export class Mailbox {
  readonly #server: Server;
  readonly #arrived = new EventEmitter().setMaxListeners(0);
  /** The newest to each address. */
  readonly #texts = new Map<string, string>();

  private constructor() {
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async open(): Promise<Mailbox> {
    const mailbox = new Mailbox();
    mailbox.#server.listen(0, "127.0.0.1");
    await once(mailbox.#server, "listening");
    return mailbox;
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The next mail to this address, or one that was there already; it is taken out by that. Rejects where none comes. */
  async take(to: string, patienceMs = 60_000): Promise<string> {
    if (!this.#texts.has(to)) await once(this.#arrived, to, { signal: AbortSignal.timeout(patienceMs) });
    const text = this.#texts.get(to) ?? "";
    this.#texts.delete(to);
    return text;
  }

  /** The address of a page that such a mail names. */
  async link(to: string, page: "verify" | "reset", patienceMs?: number): Promise<string> {
    const link = new RegExp(`http\\S+/${page}\\?token=\\S+`).exec(await this.take(to, patienceMs))?.[0];
    if (link === undefined) throw new Error(`no link to ${page} in the mail to ${to}`);
    return link;
  }

  close(): void {
    this.#server.close();
  }

  #serve(socket: Socket): void {
    let rest = "";
    let to = "";
    let isData = false;
    const say = (line: string) => void socket.write(`${line}\r\n`);
    say("220 mailbox");
    // Whoever is killed leaves half a conversation.
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk) => {
      rest += chunk.toString("latin1");
      for (;;) {
        const end = isData ? rest.indexOf("\r\n.\r\n") : rest.indexOf("\r\n");
        if (end < 0) return;
        const text = rest.slice(0, end);
        rest = rest.slice(end + (isData ? 5 : 2));
        if (isData) {
          this.#keep(to, text);
          isData = false;
          say("250 kept");
        } else if (/^DATA/i.test(text)) {
          isData = true;
          say("354 go on");
        } else if (/^QUIT/i.test(text)) socket.end("221 bye\r\n");
        else {
          to = /^RCPT TO:<([^>]+)>/i.exec(text)?.[1] ?? to;
          say("250 ok");
        }
      }
    });
  }

  #keep(to: string, message: string): void {
    const isQuoted = /^Content-Transfer-Encoding: quoted-printable/im.test(message);
    const text = isQuoted
      ? message
          .replaceAll("=\r\n", "")
          .replace(/=([\dA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
      : message;
    this.#texts.set(to, text);
    this.#arrived.emit(to);
  }
}
