// What a new password must be (NIST SP 800-63B 3.1.1.2): long, not the commonest, not about the account. No composition rules.
import type { EmailAddress } from "./email-address.ts";

export interface PasswordRules {
  /** Characters, as a person counts them. */
  readonly lengthMin: number;
  /** Whether it is one of those that everybody tries first. */
  readonly isCommon: (password: string) => boolean;
  /** Name of the service: a password must not be made of it. */
  readonly serviceName: string;
}

export const PASSWORD_LENGTH_MAX = 256;
/** Texts longer than this are not even counted. */
const PASSWORD_BYTES_MAX = 4 * PASSWORD_LENGTH_MAX;
/** Shorter parts of an address are found in words by chance. */
const CONTEXT_LENGTH_MIN = 4;

export type PasswordFault =
  | "short"
  | "short-alone"
  | "long"
  | "common"
  | "breached"
  | "repetitive"
  | "about-account"
  | "about-service"
  | "control";

/** Why it cannot be taken, or undefined. */
export function passwordFault(password: string, email: EmailAddress, rules: PasswordRules): PasswordFault | undefined {
  if (password.length > PASSWORD_BYTES_MAX) return "long";
  const plain = password.normalize("NFC");
  const letters = Array.from(plain);
  if (letters.length < rules.lengthMin) return "short";
  if (letters.length > PASSWORD_LENGTH_MAX) return "long";
  if (/[\u0000-\u001f\u007f]/.test(plain)) return "control";
  if (isRepetitive(letters)) return "repetitive";
  const folded = plain.toLowerCase();
  const [local = "", domain = ""] = email.key.split("@");
  if (isMadeOf(folded, [email.key, local, domain, domain.split(".")[0] ?? ""])) return "about-account";
  if (isMadeOf(folded, [rules.serviceName.toLowerCase()])) return "about-service";
  if (rules.isCommon(plain) || rules.isCommon(folded)) return "common";
  return undefined;
}

/** A piece at least twice, or a run of neighbours: `aaaaaaaaaaaa`, `abcabcabcabc`, `passwordpassword`, `123456789012`. */
function isRepetitive(letters: readonly string[]): boolean {
  for (let period = 1; period <= letters.length / 2; period += 1) {
    if (letters.every((letter, i) => i < period || letter === letters[i - period])) return true;
  }
  return [1, -1].some((step) =>
    letters.every((letter, i) => {
      if (i === 0) return true;
      const distance = letter.codePointAt(0)! - letters[i - 1]!.codePointAt(0)!;
      return distance === step || distance === step - 10 * Math.sign(step);
    }),
  );
}

/** Whether little is left of it without these words: `ann.smith2024!` for ann.smith@example.com. */
function isMadeOf(password: string, words: readonly string[]): boolean {
  return words.some((word) => {
    if (word.length < CONTEXT_LENGTH_MIN || !password.includes(word)) return false;
    return password.replaceAll(word, "").length < CONTEXT_LENGTH_MIN * 2;
  });
}
