// A sanction as its file has it: what it means to the guards, and how it is told.
import { randomBytes } from "node:crypto";
import { deniedName } from "../../authentication/index.ts";
import type { SystemEvent } from "../../core/record.ts";
import { type AddressPrefixes, addressKey } from "../../http/addresses.ts";
import { callerKey, type Sanction } from "../../rate-limiting/index.ts";
import type { Kept } from "../kept-file.ts";
import { sanctionFileSchema, type WrittenSanction } from "../schema/sanctions.ts";
import { readStrict } from "../strict-file.ts";

export const SANCTION_FILE: Kept<WrittenSanction> = {
  member: "sanctions",
  parse: (text) => {
    const judged = readStrict(text, sanctionFileSchema);
    return typeof judged === "string" ? judged : judged.sanctions;
  },
  maker: "portcullis detect ban",
};

/** Nothing that a rule or a person does is for ever. */
export const SANCTION_MS_MAX = 30 * 86_400_000;

export function newSanctionId(): string {
  return randomBytes(6).toString("hex");
}

/** To the second, rounded up: a sanction is never shorter than was said. */
export function moment(ms: number): string {
  return `${new Date(Math.ceil(ms / 1_000) * 1_000).toISOString().slice(0, 19)}Z`;
}

export function hasEnded({ until }: WrittenSanction, nowMs: number): boolean {
  return Date.parse(until) <= nowMs;
}

/** Whom it is of, so that two can be told apart from one that is made longer. */
export function sanctionOf(written: WrittenSanction, prefixes: AddressPrefixes | undefined): Sanction {
  const { what } = written;
  const untilMs = Date.parse(written.until);
  const limit = written.what === "limit" ? { limit: written.limit, windowMs: written.windowMs } : undefined;
  if ("address" in written) return { what, of: "address", key: addressKey(written.address, prefixes), untilMs, limit };
  if ("token" in written) {
    return { what, of: "token", key: deniedName("token", written.issuer, written.token), untilMs, limit };
  }
  return { what, of: "caller", key: callerKey(written.issuer, written.subject), untilMs, limit };
}

const MEASURES = {
  ban: "banned",
  limit: "given a tighter limit",
  "step-up": "asked for a second factor",
  revoke: "revoked",
};

/** A token's id is nobody's business. */
export function described(written: WrittenSanction): string {
  const whom =
    "address" in written
      ? `address ${written.address}`
      : "token" in written
        ? `a token of ${written.issuer}`
        : `subject ${written.subject} of ${written.issuer}`;
  return `${whom} is ${MEASURES[written.what]}`;
}

function dataOf(written: WrittenSanction): Record<string, string> {
  const whom: Record<string, string> =
    "address" in written
      ? { address: written.address }
      : "token" in written
        ? { issuer: written.issuer }
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
