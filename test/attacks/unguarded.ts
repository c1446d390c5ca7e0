// What stands against framing attacks, switched off in code: for runners that show that the tests go red without it.
import { vi } from "vitest";
import { Connection } from "../../src/gateway/connection.ts";
import { Fields } from "../../src/http/fields.ts";
import { BodyOverhead } from "../../src/node/body-overhead.ts";
import type { IncomingHead, Settler } from "../../src/transport/settle.ts";

/** Takes every head for what it seems to say, and judges nothing. */
function takeAll(incoming: IncomingHead): ReturnType<Settler> {
  const { target, peerAddress } = incoming;
  const fields = new Fields(incoming.rawFields);
  const contentLength = Number(fields.get("content-length") ?? 0) || 0;
  const queryAt = target.indexOf("?");
  return {
    method: incoming.method,
    target,
    path: queryAt < 0 ? target : target.slice(0, queryAt),
    query: queryAt < 0 ? undefined : target.slice(queryAt + 1),
    fields,
    protocol: incoming.protocol === "unknown" ? "HTTP/1.1" : incoming.protocol,
    secure: incoming.secure,
    authority: incoming.authority ?? fields.get("host") ?? "",
    peerAddress,
    clientAddress: peerAddress,
    clientAddressFrom: "peer",
    hasBody: incoming.hasBody ?? (contentLength > 0 || fields.get("transfer-encoding") !== undefined),
    contentLength: contentLength > 0 ? contentLength : undefined,
  };
}

export const settleAll: Settler = Object.assign(takeAll, {
  clientOf: ({ peerAddress }: IncomingHead) => ({ address: peerAddress, from: "peer" as const, secure: undefined }),
});

/** Takes requests behind one that was refused, as Node hands them over. */
export function withoutClosing(): void {
  vi.spyOn(Connection.prototype, "takes").mockReturnValue(true);
}

/** Lets a body bring as much beside its content as it likes. */
export function withoutOverhead(): void {
  vi.spyOn(BodyOverhead.prototype, "allows").mockReturnValue(true);
}
