// What those who guess try first, and what is wrong with it: the lists, the address, the service, whatever a finger does by itself.
import type { PasswordFault } from "../../src/identity/accounts/password-rules.ts";

/** Of ann.smith@example.com, at a service that is called Orders. */
export const GUESSED: readonly (readonly [string, PasswordFault])[] = [
  ["password1234", "common"],
  ["Unbelievable", "common"],
  ["ann.smith@example.com", "about-account"],
  ["ann.smith2024", "about-account"],
  ["orders123456", "about-service"],
  ["aaaaaaaaaaaa", "repetitive"],
  ["abcabcabcabc", "repetitive"],
  ["passwordpassword", "repetitive"],
  ["sunflowers\u00e4sunflowers\u00e4s", "repetitive"],
  ["123456789012", "repetitive"],
  ["abcdefghijkl", "repetitive"],
];
