// A stand-in for what goes wrong without a gate: a proxy that compares targets as texts, before a server that is lenient about them.
import { connect, type Socket } from "node:net";
import { Fields } from "../../src/http/fields.ts";
import type { IncomingHead, Settler } from "../../src/transport/settle.ts";
import { readMessages } from "./messages.ts";
import { listenRaw } from "./wire.ts";

/**
 * What lenient servers make of a target, all at once: decoded twice (IIS), overlong UTF-8 and what is no encoding skipped,
 * cut at NUL, backslashes as slashes (Windows), `;parameters` cut off (servlet containers), dots resolved, slashes merged (nginx),
 * letter case (Express, IIS) and a slash behind (most) ignored.
 */
export function lenientPath(target: string): string {
  let path = target.replace(/^[a-z]+:\/\/[^/]*/i, "");
  path = path.replace(/[?#].*$/s, "");
  for (let i = 0; i < 2; i += 1) path = decoded(path);
  path = path
    .replace(/\0.*$/s, "")
    // oxlint-disable-next-line no-control-regex -- what is invisible is skipped
    .replaceAll(/[\x00-\x20\x7f-\xff]/g, "")
    .replace(/#.*$/s, "")
    .replaceAll("\\", "/")
    .replaceAll(/;[^/]*/g, "");
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment.toLowerCase().replace(/\.+$/, ""));
  }
  return `/${segments.join("/")}`;
}

function decoded(path: string): string {
  return path
    .replaceAll(/%(?:c0|e0%80)%([89ab][0-9a-f])/gi, (_all, low: string) =>
      String.fromCharCode(parseInt(low, 16) & 0x7f),
    )
    .replaceAll(/%([0-9a-f]{2})/gi, (_all, code: string) => String.fromCharCode(parseInt(code, 16)))
    .replaceAll(/%(?![0-9a-f]{2})[0-9a-f]?/gi, "");
}

export const SECRET = "the administrator's page";

export interface Careless {
  readonly port: number;
  close(): Promise<void>;
}

/** Lets everything on, byte for byte, but what is spelled as one of the guarded paths is. */
export async function startCareless(guarded: readonly string[]): Promise<Careless> {
  const answer = (socket: Socket, status: number, body: string) =>
    socket.end(`HTTP/1.1 ${status} X\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
  const withTarget = (socket: Socket, then: (target: string, bytes: Buffer) => void) => {
    let bytes: Buffer = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      const [start] = readMessages(bytes).starts;
      const match = /^\S+ (.*) HTTP\/1\.1$/s.exec(start ?? "");
      if (match === null) return;
      socket.removeAllListeners("data");
      then(match[1] as string, bytes);
    });
  };
  const api = await listenRaw((socket) =>
    withTarget(socket, (target) => answer(socket, 200, guarded.includes(lenientPath(target)) ? SECRET : "public")),
  );
  const gate = await listenRaw((socket) =>
    withTarget(socket, (target, bytes) => {
      if (guarded.includes(target.split("?")[0] as string)) {
        answer(socket, 401, "no");
        return;
      }
      const onwards = connect(api.port, "127.0.0.1");
      onwards.write(bytes);
      onwards.pipe(socket);
      onwards.on("error", () => socket.destroy());
    }),
  );
  const close = async () => void (await Promise.all([api.close(), gate.close()]));
  return { port: gate.port, close };
}

/** The settler with its rules switched off: what came is taken as it is. */
export const TRUSTING: Settler = Object.assign(
  ({ method, target, rawFields, peerAddress }: IncomingHead) => ({
    method,
    target,
    path: target.replace(/\?.*$/s, ""),
    query: undefined,
    fields: new Fields(rawFields),
    protocol: "HTTP/1.1" as const,
    secure: false,
    authority: "gate.test",
    peerAddress,
    clientAddress: peerAddress,
    clientAddressFrom: "peer" as const,
    hasBody: method === "POST",
    contentLength: undefined,
  }),
  { clientOf: ({ peerAddress }: IncomingHead) => ({ address: peerAddress, from: "peer" as const, secure: undefined }) },
);
