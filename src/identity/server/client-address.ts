// Whose request it is: what the gateway, which alone reaches this server, said before its fields were taken out.
import type { IncomingMessage } from "node:http";

const known = new WeakMap<IncomingMessage, string>();

/** The gateway sets the field afresh: it has one address. */
export function noteClientAddress(request: IncomingMessage): void {
  const said = request.headers["x-forwarded-for"];
  known.set(request, typeof said === "string" && said !== "" ? said : (request.socket.remoteAddress ?? ""));
}

export function clientAddress(request: IncomingMessage): string {
  return known.get(request) ?? "";
}
