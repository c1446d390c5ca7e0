// Sign-up, sign-in, verification and reset, so that nobody learns by answer or time who has an account (P07–P10).
import { randomBytes } from "node:crypto";
import type { ArtifactStore } from "../artifacts/artifact-store.ts";
import type { Revocations } from "../revocation/revocations.ts";
import type { Account, AccountStore } from "./account-store.ts";
import { type EmailAddress, emailAddress } from "./email-address.ts";
import {
  alreadyRegisteredMail,
  changedMail,
  invitationMail,
  type Mail,
  type MailTexts,
  resetMail,
  verificationMail,
} from "./mail.ts";
import type { PasswordHasher } from "./password-hash.ts";
import type { SignInThrottle } from "./sign-in-throttle.ts";
import { PASSWORD_LENGTH_MAX, type PasswordFault, passwordFault, type PasswordRules } from "./password-rules.ts";

const VERIFICATION = "EmailVerification";
const VERIFICATION_SECONDS = 86_400;
const RESET = "PasswordReset";
const RESET_SECONDS = 3_600;
const INVITATION_SECONDS = 7 * 86_400;
const TOKEN_BYTES = 32;

export type RegistrationFault = "email" | PasswordFault;

export interface AccountParts {
  readonly accounts: AccountStore;
  readonly artifacts: ArtifactStore;
  readonly revocations: Revocations;
  readonly hasher: PasswordHasher;
  readonly throttle: SignInThrottle;
  readonly rules: PasswordRules;
  readonly mail: Mail;
  readonly texts: MailTexts;
  /** Hears of mail that could not be handed over: the answer must not tell. */
  readonly mailFailed: (error: unknown) => void;
}

export class Accounts {
  readonly #parts: AccountParts;

  constructor(parts: AccountParts) {
    this.#parts = parts;
  }

  /** What is wrong with it, or undefined: then a mail says what comes next, whether or not the address was known. */
  async register(email: string, password: string): Promise<RegistrationFault | undefined> {
    const { accounts, hasher, rules, texts } = this.#parts;
    const address = emailAddress(email);
    if (address === undefined) return "email";
    const fault = passwordFault(password, address, rules);
    if (fault !== undefined) return fault;
    const hash = await hasher.hash(password);
    const made = await accounts.create(address, hash);
    if (made !== undefined) {
      const token = await this.#newToken(VERIFICATION, made.id, VERIFICATION_SECONDS);
      this.#send(verificationMail(texts, made.email, token));
      return undefined;
    }
    const known = await accounts.byEmail(address);
    if (known !== undefined) {
      const token = await this.#newToken(RESET, known.id, RESET_SECONDS);
      this.#send(alreadyRegisteredMail(texts, known.email, token));
    }
    return undefined;
  }

  /** Made by an administrator: the address counts as confirmed. Without a password a mail asks for one. */
  async add(email: string, password?: string): Promise<"done" | "known" | RegistrationFault> {
    const { accounts, hasher, rules, mail, texts } = this.#parts;
    const address = emailAddress(email);
    if (address === undefined) return "email";
    const fault = password === undefined ? undefined : passwordFault(password, address, rules);
    if (fault !== undefined) return fault;
    const made = await accounts.create(address, password === undefined ? null : await hasher.hash(password));
    if (made === undefined) return "known";
    await accounts.verifyEmail(made.id);
    if (password === undefined) {
      const token = await this.#newToken(RESET, made.id, INVITATION_SECONDS);
      await mail.send(invitationMail(texts, made.email, token));
    }
    return "done";
  }

  /**
   * The account whose password this is; else undefined for all that is wrong, after the same time, or the seconds that whoever
   * guesses has to wait. `device`: known to this account from an earlier sign-in.
   */
  async signIn(email: string, password: string, device?: string): Promise<Account | undefined | number> {
    const { accounts, hasher, throttle } = this.#parts;
    const address = emailAddress(email);
    if (address === undefined || password.length > PASSWORD_LENGTH_MAX * 2) return undefined;
    const waitSeconds = await throttle.enter(address.key, device);
    if (waitSeconds > 0) return waitSeconds;
    const account = await accounts.byEmail(address);
    const verdict = await hasher.verify(password, account?.password ?? undefined);
    if (account === undefined || !verdict.matches) return undefined;
    if (account.status !== "active" || account.email_verified_at === null) return undefined;
    await throttle.succeeded(address.key, device);
    if (verdict.outdated) await accounts.setPassword(account.id, await hasher.hash(password));
    return account;
  }

  /** Whether the token was good: once, within a day. */
  async verifyEmail(token: string): Promise<boolean> {
    const accountId = await this.#takeToken(VERIFICATION, token);
    if (accountId === undefined) return false;
    await this.#parts.accounts.verifyEmail(accountId);
    return true;
  }

  async requestReset(email: string): Promise<void> {
    const { accounts, texts } = this.#parts;
    const address = emailAddress(email);
    const account = address === undefined ? undefined : await accounts.byEmail(address);
    // Also where there is none: the time of writing a token tells nothing then.
    const token = await this.#newToken(RESET, account?.id ?? "", RESET_SECONDS);
    if (account?.status === "active") this.#send(resetMail(texts, account.email, token));
  }

  /** Ends every session and token of the account. The address is proven by the way: the mail arrived. */
  async reset(token: string, password: string): Promise<"done" | "token" | PasswordFault> {
    const { accounts, hasher, rules } = this.#parts;
    const account = await this.#accountOf(token);
    if (account === undefined) return "token";
    const fault = passwordFault(password, emailAddress(account.email) as EmailAddress, rules);
    if (fault !== undefined) return fault;
    const hash = await hasher.hash(password);
    if ((await this.#takeToken(RESET, token)) === undefined) return "token";
    await accounts.setPassword(account.id, hash);
    if (account.email_verified_at === null) await accounts.verifyEmail(account.id);
    await this.endSessions(account.id);
    return "done";
  }

  /**
   * By the holder, who knows the old one; guesses of it are held up like those at the sign-in. Ends every other session and every token.
   * `sessionId`: the one that stays.
   */
  async changePassword(
    account: Account,
    { old, password, device }: { readonly old: string; readonly password: string; readonly device: string | undefined },
    sessionId: string,
  ): Promise<"done" | "old" | PasswordFault | number> {
    const { accounts, hasher, rules, throttle } = this.#parts;
    const fault = passwordFault(password, emailAddress(account.email) as EmailAddress, rules);
    if (fault !== undefined) return fault;
    if (old.length > PASSWORD_LENGTH_MAX * 2) return "old";
    const waitSeconds = await throttle.enter(account.email_key, device);
    if (waitSeconds > 0) return waitSeconds;
    if (!(await hasher.verify(old, account.password ?? undefined)).matches) return "old";
    await throttle.succeeded(account.email_key, device);
    await accounts.setPassword(account.id, await hasher.hash(password));
    await this.endSessions(account.id, sessionId);
    this.notify(account, "Your password was changed.");
    return "done";
  }

  /** Every session and token of the account, but for one session. */
  async endSessions(accountId: string, sessionId?: string): Promise<void> {
    await this.#parts.artifacts.removeByAccount(accountId, sessionId);
    await this.#parts.revocations.revokeAccount(accountId);
  }

  /** Tells the holder of a change that somebody else may have made. */
  notify(account: Account, what: string): void {
    this.#send(changedMail(this.#parts.texts, account.email, what));
  }

  async #accountOf(token: string): Promise<Account | undefined> {
    const { accounts, artifacts } = this.#parts;
    const stored = await artifacts.find(RESET, token);
    if (stored === undefined || stored.consumed_at !== null) return undefined;
    const id = artifacts.open(stored)?.accountId;
    const account = id === undefined ? undefined : await accounts.byId(id);
    return account?.status === "active" ? account : undefined;
  }

  async #newToken(model: string, subject: string, seconds: number): Promise<string> {
    const token = randomBytes(TOKEN_BYTES).toString("base64url");
    await this.#parts.artifacts.put(model, token, { accountId: subject }, seconds);
    return token;
  }

  async #takeToken(model: string, token: string): Promise<string | undefined> {
    const { artifacts } = this.#parts;
    const stored = await artifacts.find(model, token);
    const subject = stored === undefined ? undefined : artifacts.open(stored)?.accountId;
    if (typeof subject !== "string" || subject === "") return undefined;
    return (await artifacts.consume(model, token)) ? subject : undefined;
  }

  /** Not waited for: a mail server's time would tell who has an account. */
  #send(message: Parameters<Mail["send"]>[0]): void {
    this.#parts.mail.send(message).catch(this.#parts.mailFailed);
  }
}
