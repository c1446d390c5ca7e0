// Second factors on the account page: an app and passkeys are added and removed, recovery codes replaced.
import type { Accounts } from "../accounts/accounts.ts";
import type { PasswordPolicy } from "../accounts/password-policy.ts";
import type { FactorStore } from "../factors/factor-store.ts";
import type { Passkeys } from "../factors/passkeys.ts";
import type { RecoveryCodes } from "../factors/recovery-codes.ts";
import type { Enrolment, SecondFactors } from "../factors/second-factors.ts";
import { otpauthUri } from "../factors/totp.ts";
import { addAppPage, addPasskeyPage, recoveryCodesPage } from "../pages/account.ts";
import { SCRIPT_SOURCE } from "../pages/passkey-form.ts";
import type { Pages } from "../pages/pages.ts";
import { LEVELS } from "../provider/interaction-policy.ts";
import type { Form } from "./form.ts";
import { seeOther, sendPage } from "./send.ts";
import type { AccountSection, Change, Show, Visit } from "./visit.ts";

export interface OwnFactorsParts {
  readonly accounts: Accounts;
  readonly factors: FactorStore;
  readonly secondFactors: SecondFactors;
  readonly recovery: RecoveryCodes;
  readonly passkeys: Passkeys;
  readonly policy: PasswordPolicy;
  readonly pages: Pages;
}

export class OwnFactors implements AccountSection {
  readonly shows: Readonly<Record<string, Show>>;
  readonly changes: Readonly<Record<string, Change>>;
  readonly #parts: OwnFactorsParts;
  readonly #at: string;

  constructor(parts: OwnFactorsParts) {
    this.#parts = parts;
    this.#at = `${parts.pages.settings.mountPath}/account`;
    this.shows = {
      "/account/app": (visit) => this.#addApp(visit),
      "/account/passkey": (visit) => this.#addPasskey(visit),
    };
    this.changes = {
      "/account/app": (visit, form) => this.#appAdded(visit, form),
      "/account/passkey": (visit, form) => this.#passkeyAdded(visit, form),
      "/account/recovery-codes": (visit) => this.#codesReplaced(visit),
      "/account/remove": (visit, form) => this.#removed(visit, form),
    };
  }

  async #addApp(visit: Visit): Promise<void> {
    this.#showEnrolment(visit, await this.#parts.secondFactors.beginTotp(visit.account.id));
  }

  #showEnrolment({ account, token, response }: Visit, { id, secret }: Enrolment, wrong?: string): void {
    const { settings } = this.#parts.pages;
    const uri = otpauthUri(settings.serviceName, account.email, secret);
    sendPage(response, wrong === undefined ? 200 : 400, addAppPage(settings, { id, secret, uri }, { token, wrong }));
  }

  async #appAdded(visit: Visit, form: Form): Promise<void> {
    const { secondFactors } = this.#parts;
    const { account } = visit;
    const enrolment = await secondFactors.enrolment(account.id, form.get("enrolment") ?? "");
    if (enrolment === undefined) return seeOther(visit.response, `${this.#at}/app`);
    const isAdded = await secondFactors.confirmTotp(
      account.id,
      enrolment,
      form.get("code") ?? "",
      form.get("name") ?? "",
    );
    if (isAdded) return this.#factorAdded(visit, "otp", "authenticator app");
    const wrong = "That is not the code of now. Look at the clock of your device, and type the next one.";
    this.#showEnrolment(visit, enrolment, wrong);
  }

  async #addPasskey({ account, token, response }: Visit, wrong?: string): Promise<void> {
    const { pages, passkeys } = this.#parts;
    const options = await passkeys.registrationOptions(account, token);
    const page = addPasskeyPage(pages.settings, options, { token, wrong });
    sendPage(response, wrong === undefined ? 200 : 400, page, { script: SCRIPT_SOURCE });
  }

  async #passkeyAdded(visit: Visit, form: Form): Promise<void> {
    const isAdded = await this.#parts.passkeys.register(
      visit.account,
      form.get("response") ?? "",
      visit.token,
      form.get("name") ?? "",
    );
    if (isAdded) return this.#factorAdded(visit, "swk", "passkey");
    return this.#addPasskey(visit, "The passkey was not accepted. Try again.");
  }

  /** This session has just shown the factor: it is not asked for it again at once. */
  async #factorAdded(visit: Visit, method: string, what: string): Promise<void> {
    const { account, session, response } = visit;
    session.amr = [...new Set([...(session.amr ?? []), method, LEVELS.severalFactors])];
    session.acr = LEVELS.severalFactors;
    await session.persist();
    const now = await this.#kindsOf(account);
    const state = { before: { factors: now.slice(0, -1) }, after: { factors: now } };
    await this.#parts.accounts.tell(account, `A second factor was added: ${what}.`, undefined, state);
    const codes = await this.#parts.secondFactors.recoveryCodesFor(account.id);
    if (codes === undefined) return seeOther(response, `${this.#at}?done=added`);
    sendPage(response, 200, recoveryCodesPage(this.#parts.pages.settings, codes));
  }

  async #codesReplaced({ account, response }: Visit): Promise<void> {
    const { factors, recovery, pages } = this.#parts;
    if (!(await factors.has(account.id))) return seeOther(response, this.#at);
    const codes = await recovery.replace(account.id);
    await this.#parts.accounts.tell(account, "The recovery codes were replaced.");
    sendPage(response, 200, recoveryCodesPage(pages.settings, codes));
  }

  async #removed({ account, response }: Visit, form: Form): Promise<void> {
    const { factors, policy } = this.#parts;
    const isLast = (await factors.list(account.id)).length === 1;
    if (isLast && !policy.mayStandAlone(account.password_length_min)) {
      return seeOther(response, `${this.#at}?done=longer`);
    }
    const before = { factors: await this.#kindsOf(account) };
    const isRemoved = await this.#parts.secondFactors.remove(account.id, form.get("factor") ?? "");
    const state = { before, after: { factors: await this.#kindsOf(account) } };
    if (isRemoved) await this.#parts.accounts.tell(account, "A second factor was removed.", undefined, state);
    seeOther(response, isRemoved ? `${this.#at}?done=removed` : this.#at);
  }

  /** Oldest first. */
  async #kindsOf({ id }: Visit["account"]): Promise<readonly string[]> {
    return (await this.#parts.factors.list(id)).map(({ kind }) => kind);
  }
}
