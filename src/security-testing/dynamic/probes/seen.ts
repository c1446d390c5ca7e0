// What whoever asks sees of an answer, without what differs each time: two that are seen alike tell nothing apart.
import { type Exchange, fieldOf } from "../wire.ts";

const VOLATILE = /\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\b[0-9a-f]{16,}\b|\d{4}-\d\d-\d\dT[\d:.]+Z?|\d{6,}/gi;

/** `own`: what was sent, and may come back. */
export function seen({ reply }: Exchange, own: readonly string[]): string {
  if (reply === undefined) return "";
  const without = (text: string) =>
    own.reduce((less, word) => less.replaceAll(word, "<own>"), text).replaceAll(VOLATILE, "<n>");
  return JSON.stringify([
    reply.status,
    without(fieldOf(reply, "www-authenticate") ?? ""),
    fieldOf(reply, "set-cookie") !== undefined,
    without(reply.body.toString("utf8")),
  ]);
}
