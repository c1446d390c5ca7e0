// Says why the other side wants to be left alone, and what whoever runs it can do about that.
import { fieldOf, type Reply } from "../wire.ts";

/** The settings behind the gate's reasons that more room helps with. */
const SETTINGS: Readonly<Record<string, string>> = {
  "rate-limiting.failed-authentication-exceeded": "`rateLimiting.failedAuthentication`",
  "rate-limiting.address-ceiling-exceeded": "`rateLimiting.addressCeiling`",
  "rate-limiting.limit-exceeded": "the limit",
};

/** Items of `RateLimit` that are used up: `"subject";r=0;t=60`. */
const USED_UP = /"([\w-]{1,64})";r=0(?![0-9])/g;

/** Of the gate its reason, with the setting or the named limit where its answer tells; of anybody else the status. */
export function whyHeld(reply: Reply): string {
  const { status, from, reason } = reply;
  if (from !== "gate" || reason === undefined) return `it answered ${status}`;
  const setting = SETTINGS[reason];
  const refused = `the gate refused with ${status}, ${reason}`;
  if (setting === undefined) return `${refused} (docs/reasons.md)`;
  const names = [...(fieldOf(reply, "ratelimit") ?? "").matchAll(USED_UP)].map(([, name]) => `"${name}"`);
  const which =
    reason === "rate-limiting.limit-exceeded" && names.length > 0 ? `${setting} ${names.join(", ")}` : setting;
  return `${refused}; give the gate under test more room in ${which} (docs/security-testing.md)`;
}
