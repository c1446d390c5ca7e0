// How a sanction is told: to the record when it begins, is lifted and ends by itself, and to people.
import type { SystemEvent } from "../../core/record.ts";
import type { WrittenSanction } from "../schema/sanctions.ts";

const MEASURES = {
  ban: "banned",
  limit: "given a tighter limit",
  "step-up": "asked for a second factor",
  revoke: "revoked",
};

/** A token's id is nobody's business. */
export function described(written: WrittenSanction): string {
  return `${whomOf(written)} is ${MEASURES[written.what]}`;
}

function whomOf(written: WrittenSanction): string {
  if ("address" in written) return `address ${written.address}`;
  if ("token" in written) return `${written.session === undefined ? "a token" : "a session"} of ${written.issuer}`;
  // Only an API key has no issuer.
  return written.issuer === "" ? `API key ${written.subject}` : `subject ${written.subject} of ${written.issuer}`;
}

function dataOf(written: WrittenSanction): Record<string, string> {
  const whom: Record<string, string> =
    "address" in written
      ? { address: written.address }
      : "token" in written
        ? { issuer: written.issuer, ...(written.subject === undefined ? {} : { subject: written.subject }) }
        : { issuer: written.issuer, subject: written.subject };
  return { id: written.id, what: written.what, ...whom, until: written.until };
}

export function beganEvent(written: WrittenSanction): SystemEvent {
  const { by, why, until } = written;
  return {
    action: "detection.sanction-began",
    level: "warn",
    message: `${described(written)} until ${until} (by ${by})`,
    data: { ...dataOf(written), by, ...(why === undefined ? {} : { why }) },
  };
}

export function liftedEvent(written: WrittenSanction): SystemEvent {
  const { by = "the file", why } = written.lifted ?? {};
  return {
    action: "detection.sanction-lifted",
    level: "warn",
    message: `no longer: ${described(written)} (lifted by ${by})`,
    data: { ...dataOf(written), by, ...(why === undefined ? {} : { why }) },
  };
}

export function sparedEvent(address: string, rule: string): SystemEvent {
  const message = `rule ${rule} would have held back ${address}, which is never`;
  return { action: "detection.sanction-spared", level: "info", message, data: { address, rule } };
}

/** `lifted`: what somebody let go before. */
export function letGoEvent(lifted: WrittenSanction, rule: string): SystemEvent {
  const { by = "the file" } = lifted.lifted ?? {};
  const message = `rule ${rule} would have held back ${whomOf(lifted)}, which ${by} let go: not before ${lifted.until}`;
  return { action: "detection.sanction-spared", level: "info", message, data: { ...dataOf(lifted), rule } };
}

export function fullEvent(count: number): SystemEvent {
  const message = `${count} addresses and callers are held back: no more are taken`;
  return { action: "detection.sanctions-full", level: "error", message };
}

export function fileFailingEvent(message: string): SystemEvent {
  return { action: "detection.sanctions-file-failing", level: "error", message: `file of sanctions: ${message}` };
}

/** `next`: another one that does the same to the same, and goes on. */
export function endedEvent(written: WrittenSanction, next: WrittenSanction | undefined): SystemEvent {
  const { by } = written;
  const goesOn = next === undefined ? "" : `; another one does so until ${next.until} (by ${next.by})`;
  return {
    action: "detection.sanction-ended",
    level: "info",
    message: `its time is over: ${described(written)} (by ${by})${goesOn}`,
    data: { ...dataOf(written), by, ...(next === undefined ? {} : { followed_by: next.id }) },
  };
}
