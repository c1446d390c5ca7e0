// Version and cipher of a client's TLS connection, asked once per connection: for the record.
import type { TLSSocket } from "node:tls";
import type { Exchange } from "../core/exchange.ts";
import { isHttp2, type NodeRequest } from "./incoming.ts";

interface TlsInfo {
  readonly version: string | undefined;
  readonly cipher: string;
}

const known = new WeakMap<object, TlsInfo>();

export function noteTls(exchange: Exchange, request: NodeRequest): void {
  const socket = request.socket as TLSSocket;
  if (!socket.encrypted) return;
  // HTTP/2 gives each stream a proxy of the socket; the session is what lasts.
  const connection = isHttp2(request) ? (request.stream.session ?? socket) : socket;
  let info = known.get(connection);
  if (info === undefined) {
    info = { version: socket.getProtocol() ?? undefined, cipher: socket.getCipher().standardName };
    known.set(connection, info);
  }
  exchange.tlsVersion = info.version;
  exchange.tlsCipher = info.cipher;
}
