// Judges a new password: by the rules, by how the account is protected besides, and where that is wanted by what leaked elsewhere.
import type { EmailAddress } from "./email-address.ts";
import { type PasswordFault, passwordFault, type PasswordRules } from "./password-rules.ts";

/** nist: 15 characters where the password is all that protects the account (NIST SP 800-63B-4 3.1.1.2). */
export type PasswordProfile = "default" | "nist";

const LENGTH_MIN = 12;
const LENGTH_MIN_ALONE = { default: LENGTH_MIN, nist: 15 } as const;

export interface PasswordPolicyParts {
  readonly profile: PasswordProfile;
  readonly isCommon: PasswordRules["isCommon"];
  readonly serviceName: string;
  /** Whether it is among those that leaked. Rejects where that cannot be told. Left out: nobody is asked. */
  readonly isBreached: ((password: string) => Promise<boolean>) | undefined;
}

export class PasswordPolicy {
  readonly #parts: PasswordPolicyParts;

  constructor(parts: PasswordPolicyParts) {
    this.#parts = parts;
  }

  /** Characters. `hasFactor`: the password alone opens nothing. */
  lengthMin(hasFactor: boolean): number {
    return hasFactor ? LENGTH_MIN : LENGTH_MIN_ALONE[this.#parts.profile];
  }

  async fault(password: string, email: EmailAddress, hasFactor: boolean): Promise<PasswordFault | undefined> {
    const { isCommon, serviceName, isBreached } = this.#parts;
    const fault = passwordFault(password, email, { lengthMin: this.lengthMin(hasFactor), isCommon, serviceName });
    if (fault === "short") return this.lengthMin(hasFactor) > LENGTH_MIN ? "short-alone" : "short";
    if (fault !== undefined || isBreached === undefined) return fault;
    return (await isBreached(password)) ? "breached" : undefined;
  }

  /** What to remember of a password, so that it is known whether it may be all that protects the account. */
  lengthKept(password: string): number | null {
    if (this.#parts.profile === "default") return null;
    const alone = this.lengthMin(false);
    return Array.from(password.normalize("NFC")).length >= alone ? alone : LENGTH_MIN;
  }

  /** Whether the password that was remembered so is long enough without a second factor. */
  mayStandAlone(lengthKept: number | null): boolean {
    return (lengthKept ?? LENGTH_MIN) >= this.lengthMin(false);
  }
}
