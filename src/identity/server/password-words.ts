// What is wrong with an address or a password, in a sentence that never has the value.
import type { RegistrationFault } from "../accounts/credentials.ts";

export const FAULTS: Readonly<Record<RegistrationFault, string>> = {
  email: "email must be a valid e-mail address",
  short: "password must be at least 12 characters",
  "short-alone": "password must be at least 15 characters, as long as there is no second factor",
  long: "password must be at most 256 characters",
  common: "password is one of those that everybody tries first",
  breached: "password is one of those that leaked from other services",
  repetitive: "password repeats itself or runs along the keyboard",
  "about-account": "password must not be made of the e-mail address",
  "about-service": "password must not be made of the service's name",
  control: "password must not have control characters",
};

export const NO_LONGER_VALID = "The link was used, has ended, or is not whole. Ask for another.";

export function faultSentence(fault: RegistrationFault): string {
  const text = FAULTS[fault];
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
