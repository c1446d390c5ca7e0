// The one registry of reasons: every refusal that a client can meet, in one table.
import { AUTHENTICATION_REASONS } from "./authentication.ts";
import { AUTHORIZATION_REASONS } from "./authorization.ts";
import { IDENTITY_REASONS } from "./identity.ts";
import { RATE_LIMITING_REASONS } from "./rate-limiting.ts";
import { MONITORING_REASONS } from "./monitoring.ts";
import type { Reason } from "./reason.ts";
import { TRANSPORT_REASONS } from "./transport.ts";
import { VALIDATION_REASONS } from "./validation.ts";

const TABLE = {
  ...TRANSPORT_REASONS,
  ...AUTHENTICATION_REASONS,
  ...RATE_LIMITING_REASONS,
  ...AUTHORIZATION_REASONS,
  ...VALIDATION_REASONS,
  ...MONITORING_REASONS,
  ...IDENTITY_REASONS,
};

/** `<practice>.<what>`: the stable name of a refusal. */
export type ReasonCode = keyof typeof TABLE;

/** Every reason by its code. docs/reasons.md is proved equal to it by a test. */
export const REASONS: Readonly<Record<ReasonCode, Reason>> = Object.freeze(TABLE);

export function isReasonCode(word: string): word is ReasonCode {
  return Object.hasOwn(REASONS, word);
}
