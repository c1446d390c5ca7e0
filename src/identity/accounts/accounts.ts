// Sign-up, sign-in, verification and reset, so that nobody learns by answer or time who has an account (P07–P10).
import type { FactorStore } from "../factors/factor-store.ts";
import type { Together } from "../administration/stores.ts";
import type { HeardChange } from "../changes/change-log.ts";
import { isDone, UndoError } from "../database.ts";
import type { SessionStore } from "../sessions/session-store.ts";
import type { Account, AccountStore } from "./account-store.ts";
import { type Credentials, credentialsOf, type RegistrationFault } from "./credentials.ts";
import { type EmailAddress, emailAddress } from "./email-address.ts";
import { alreadyRegisteredMail, changedMail, type Mail, type MailTexts, resetMail, verificationMail } from "./mail.ts";
import type { MailLimit } from "./mail-limit.ts";
import type { PasswordHasher } from "./password-hash.ts";
import type { SignInThrottle } from "./sign-in-throttle.ts";
import { isOfBrowser, type OneTimeLinks, type UsedLink } from "./one-time-links.ts";
import type { PasswordPolicy } from "./password-policy.ts";
import { PASSWORD_LENGTH_MAX, type PasswordFault } from "./password-rules.ts";

const VERIFICATION_SECONDS = 86_400;
const RESET_SECONDS = 3_600;

export interface AccountParts {
  readonly accounts: AccountStore;
  readonly links: OneTimeLinks;
  readonly sessions: SessionStore;
  readonly hasher: PasswordHasher;
  readonly throttle: SignInThrottle;
  readonly policy: PasswordPolicy;
  readonly factors: FactorStore;
  readonly mail: Mail;
  readonly texts: MailTexts;
  /** Hears of mail that could not be handed over: the answer must not tell. */
  readonly mailFailed: (error: unknown) => void;
  readonly mailLimit: MailLimit;
  /** Takes every change for the record. */
  readonly changed: HeardChange;
  readonly atOnce: Together;
}

export class Accounts {
  readonly #parts: AccountParts;

  constructor(parts: AccountParts) {
    this.#parts = parts;
  }

  /**
   * What is wrong with it, or undefined: then a mail says what comes next, whether or not the address was known. `clientId`: of the
   * application that the person came from. `browser`: what stands for the one that the form was sent by.
   */
  async register(
    email: string,
    password: string,
    { clientId, browser }: { readonly clientId?: string | undefined; readonly browser?: string | undefined } = {},
  ): Promise<RegistrationFault | undefined> {
    const described = await this.credentials(email, password);
    if (typeof described === "string") return described;
    const { address, hash, lengthKept } = described;
    const message = await this.#parts.atOnce(async ({ accounts, links, database: { queries } }) => {
      const made = await accounts.create(address, hash, lengthKept);
      if (made !== undefined) {
        const more = { clientId, browser, email: made.email };
        const token = await links.issue("EmailVerification", made.id, VERIFICATION_SECONDS, more);
        const after = { status: made.status, emailVerified: false };
        await this.record(queries, made.id, "The account was made; its address is not confirmed yet.", { after });
        return verificationMail(this.#parts.texts, made.email, token);
      }
      const known = await accounts.byEmail(address);
      if (known === undefined) return undefined;
      // Who came first may have been somebody else: whoever confirms the address now chooses the password with it.
      await links.end("EmailVerification", known.id);
      const mailbox = mailboxOf(known, address);
      const token = await links.issue("PasswordReset", known.id, RESET_SECONDS, { clientId, email: mailbox });
      // As much is written as for a new address, and where that cannot be, neither is answered.
      await this.record(queries, known.id, "Somebody signed up with the address of the account.");
      return alreadyRegisteredMail(this.#parts.texts, mailbox, token);
    });
    if (message !== undefined) this.#sendAsked(address, message);
    return undefined;
  }

  /** What an account is made of, or what is wrong with it. */
  credentials(email: string, password: string): Promise<Credentials | RegistrationFault> {
    return credentialsOf(email, password, this.#parts);
  }

  /**
   * The account whose password this is; else undefined for all that is wrong, after the same time, or the seconds that whoever
   * guesses has to wait. `device`: known to this account from an earlier sign-in.
   */
  async signIn(email: string, password: string, device?: string): Promise<Account | undefined | number> {
    const { accounts, throttle } = this.#parts;
    const address = emailAddress(email);
    if (address === undefined || password.length > PASSWORD_LENGTH_MAX * 2) return undefined;
    const waitSeconds = await throttle.enter(address.key, device);
    if (waitSeconds > 0) return waitSeconds;
    const account = await accounts.byEmail(address);
    const verdict = await this.#counted(address.key, device, account, password);
    if (account === undefined || !verdict.matches) return undefined;
    if (account.status !== "active" || account.email_verified_at === null) return undefined;
    if (verdict.outdated && !(await this.#renewHash(account, password))) return undefined;
    await throttle.succeeded(address.key, device);
    return account;
  }

  /** A try that is counted already, unless nobody has the time to look: whoever comes in a flood of others mistyped nothing. */
  async #counted(key: string, device: string | undefined, account: Account | undefined, password: string) {
    try {
      return await this.#parts.hasher.verify(password, account?.password ?? undefined);
    } catch (error) {
      await this.#parts.throttle.takeBack(key, device);
      throw error;
    }
  }

  /** While the password is known. False where it is another by now: then nothing is undone of that. */
  async #renewHash(account: Account, password: string): Promise<boolean> {
    const { accounts, hasher } = this.#parts;
    const hash = await hasher.hash(password);
    if (await accounts.replacePassword(account, hash, account.password_length_min)) return true;
    // Another sign-in may have renewed it.
    const now = await accounts.byId(account.id);
    return (await hasher.verify(password, now?.password ?? undefined)).matches;
  }

  /** Whether a confirmation in this browser needs the password that was chosen at sign-up. */
  async asksPassword(token: string, browser: string | undefined): Promise<boolean> {
    const link = await this.#parts.links.read("EmailVerification", token);
    return link !== undefined && !isOfBrowser(link, browser);
  }

  /**
   * Once, within a day: what the link held. Only in the browser that made the account, or with the password: else somebody who signed up
   * with another's address would have the owner confirm it for them, and get in by a password of their own.
   */
  async verifyEmail(
    token: string,
    { browser, password }: { readonly browser?: string | undefined; readonly password?: string | undefined } = {},
  ): Promise<UsedLink | undefined | "asked" | "old" | number> {
    const { links, accounts } = this.#parts;
    const found = await links.read("EmailVerification", token);
    const account = await accounts.byId(found?.accountId ?? "");
    if (found === undefined || account === undefined) return undefined;
    if (!isOfBrowser(found, browser)) {
      if (password === undefined) return "asked";
      const answer = await this.confirmPassword(account, password, undefined);
      if (answer !== "done") return answer;
    }
    return this.#parts.atOnce(async ({ accounts: all, links: good, database: { queries } }) => {
      await all.hold(account.id);
      const link = await good.take("EmailVerification", token);
      if (link === undefined) return undefined;
      await all.verifyEmail(link.accountId, link.email);
      const state = { before: { emailVerified: false }, after: { emailVerified: true } };
      await this.record(queries, link.accountId, "The e-mail address was confirmed.", state);
      return link;
    });
  }

  async requestReset(email: string, clientId?: string): Promise<void> {
    const { accounts, texts, links } = this.#parts;
    const address = emailAddress(email);
    const account = address === undefined ? undefined : await accounts.byEmail(address);
    // Also where there is none: the time of writing a token tells nothing then.
    const to = account === undefined || address === undefined ? email : mailboxOf(account, address);
    const token = await links.issue("PasswordReset", account?.id ?? "", RESET_SECONDS, { clientId, email: to });
    if (address !== undefined && account?.status === "active") this.#sendAsked(address, resetMail(texts, to, token));
  }

  /** Ends every session and token of the account. The address is proven by the way: the mail arrived. */
  async reset(
    token: string,
    password: string,
  ): Promise<(UsedLink & { readonly account: Account }) | "token" | PasswordFault> {
    const { accounts, hasher, policy, links } = this.#parts;
    const account = await accounts.byId((await links.read("PasswordReset", token))?.accountId ?? "");
    if (account?.status !== "active") return "token";
    const fault = await this.#faultOf(password, account);
    if (fault !== undefined) return fault;
    const hash = await hasher.hash(password);
    const used = await this.#parts.atOnce(async ({ accounts: all, links: good, sessions, database: { queries } }) => {
      await all.hold(account.id);
      const link = await good.take("PasswordReset", token);
      const now = await all.byId(account.id);
      if (link === undefined || now === undefined || !isSentTo(link, now)) return undefined;
      await sessions.endAll(account.id);
      await all.setPassword(account.id, hash, policy.lengthKept(password));
      if (account.email_verified_at === null) await all.verifyEmail(account.id, link.email);
      await this.record(queries, account.id, "The password was set by a link that was sent to the address.");
      return link;
    });
    return used === undefined ? "token" : { ...used, account };
  }

  /**
   * By the holder, who knows the old one; guesses of it are held up like those at the sign-in. Ends every other session and every token.
   * `uid`: of the session that stays.
   */
  async changePassword(
    account: Account,
    { old, password, device }: { readonly old: string; readonly password: string; readonly device: string | undefined },
    uid: string,
  ): Promise<"done" | "old" | PasswordFault | number> {
    const { accounts, hasher, policy } = this.#parts;
    const fault = await this.#faultOf(password, account);
    if (fault !== undefined) return fault;
    const answer = await this.confirmPassword(account, old, device);
    if (answer !== "done") return answer;
    const hash = await hasher.hash(password);
    const replace = (known: Account) =>
      isDone(
        this.endSessions(account.id, uid, async (queries) => {
          const isReplaced = await accounts.replacePassword(known, hash, policy.lengthKept(password), queries);
          if (!isReplaced) throw new UndoError();
          await this.record(queries, account.id, "Your password was changed.");
        }),
      );
    if (!(await replace(account))) {
      // By a sign-in that renewed its hash, or by a reset: that one counts.
      const now = await accounts.byId(account.id);
      const { matches } = await hasher.verify(old, now?.password ?? undefined);
      if (now === undefined || !matches || !(await replace(now))) return "old";
    }
    this.notify(account, "Your password was changed.");
    return "done";
  }

  /** What was guessed of a password that is another now holds nobody up. */
  forgetTries({ email_key }: Account, device: string | undefined): Promise<void> {
    return this.#parts.throttle.succeeded(email_key, device);
  }

  /** Whether it is the account's password; guesses are held up like those at the sign-in. */
  async confirmPassword(
    account: Account,
    password: string,
    device: string | undefined,
  ): Promise<"done" | "old" | number> {
    const { throttle } = this.#parts;
    if (password.length > PASSWORD_LENGTH_MAX * 2) return "old";
    const waitSeconds = await throttle.enter(account.email_key, device);
    if (waitSeconds > 0) return waitSeconds;
    if (!(await this.#counted(account.email_key, device, account, password)).matches) return "old";
    await throttle.succeeded(account.email_key, device);
    return "done";
  }

  /** Frees the addresses that somebody said to have and never confirmed. */
  async removeUnconfirmed(): Promise<void> {
    const what = "The account was removed: its address was never confirmed.";
    await this.#parts.accounts.removeUnconfirmed(async (ids, queries) => {
      for (const id of ids) await this.record(queries, id, what);
    });
  }

  /** Every session and token of the account, but for one session. */
  endSessions(accountId: string, keptUid?: string, also?: Parameters<SessionStore["endAll"]>[2]): Promise<void> {
    return this.#parts.sessions.endAll(accountId, keptUid, also);
  }

  /** Tells the holder of a change that somebody else may have made. */
  notify(account: Account, what: string): void {
    this.#send(changedMail(this.#parts.texts, account.email, what));
  }

  /** What is only the holder's to know is not recorded. */
  record(...change: Parameters<HeardChange>): Promise<void> {
    return this.#parts.changed(...change);
  }

  async #faultOf(password: string, account: Account): Promise<PasswordFault | undefined> {
    const { policy, factors } = this.#parts;
    const address: EmailAddress = { address: account.email, key: account.email_key };
    return policy.fault(password, address, await factors.has(account.id));
  }

  /** What anybody may ask for: silently not too much of it for one mailbox. */
  #sendAsked({ key }: EmailAddress, message: Parameters<Mail["send"]>[0]): void {
    if (this.#parts.mailLimit.mayGoTo(key)) this.#send(message);
  }

  /** Not waited for: a mail server's time would tell who has an account. */
  #send(message: Parameters<Mail["send"]>[0]): void {
    this.#parts.mail.send(message).catch(this.#parts.mailFailed);
  }
}

/** Not so of one that was written while the account got another address: whoever reads the old mailbox has no way back in. */
function isSentTo({ email }: UsedLink, { email_key }: Account): boolean {
  return email === undefined || emailAddress(email)?.key === email_key;
}

/** Who registered an address may have spelled it as another's; who asks now gets the mail, and proves that spelling. */
function mailboxOf(account: Account, given: EmailAddress): string {
  return account.email_verified_at === null ? given.address : account.email;
}
