// A sanction as its file has it, and what it means to the guards.
import { randomBytes } from "node:crypto";
import { deniedName } from "../../authentication/index.ts";
import { type AddressPrefixes, addressKey } from "../../http/addresses.ts";
import type { ResponseMeasure } from "../../monitoring/index.ts";
import { callerKey, type Sanction } from "../../rate-limiting/index.ts";
import type { Kept } from "../kept-file.ts";
import { sanctionFileSchema, type WrittenSanction } from "../schema/sanctions.ts";
import { readStrict } from "../strict-file.ts";
import type { SanctionTarget } from "./sanction-target.ts";

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

export function newSanction(
  measure: ResponseMeasure,
  target: SanctionTarget,
  rule: string,
  nowMs: number,
): WrittenSanction {
  return {
    id: newSanctionId(),
    what: measure.what,
    ...target,
    ...(measure.what === "limit" ? measure.limit : {}),
    began: moment(nowMs),
    until: moment(nowMs + Math.min(measure.forMs, SANCTION_MS_MAX)),
    by: rule,
  } as WrittenSanction;
}

/** To the second, rounded up: a sanction is never shorter than was said. */
export function moment(ms: number): string {
  return `${new Date(Math.ceil(ms / 1_000) * 1_000).toISOString().slice(0, 19)}Z`;
}

export function hasEnded({ until }: WrittenSanction, nowMs: number): boolean {
  return Date.parse(until) <= nowMs;
}

/** Whether nothing is left to be told of it, or nobody was there to tell it for very long. */
export function isForgotten(written: WrittenSanction, nowMs: number): boolean {
  return hasEnded(written, written.lifted === undefined ? nowMs - SANCTION_MS_MAX : nowMs);
}

/** Of a revoked session its tokens by that name, too. */
export function sanctionsOf(written: WrittenSanction, prefixes: AddressPrefixes | undefined): Sanction[] {
  const sanction = sanctionOf(written, prefixes);
  if (written.what !== "revoke" || written.session === undefined) return [sanction];
  return [sanction, { ...sanction, key: deniedName("session", written.issuer, written.session) }];
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
