// Second factors on the account page: an app and passkeys are added and removed, recovery codes replaced.
import type { AddedFactor, FactorChanges } from "../factors/factor-changes.ts";
import type { Passkeys } from "../factors/passkeys.ts";
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
  readonly changes: FactorChanges;
  readonly secondFactors: SecondFactors;
  readonly passkeys: Passkeys;
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
    const { secondFactors, changes } = this.#parts;
    const { account } = visit;
    const enrolment = await secondFactors.enrolment(account.id, form.get("enrolment") ?? "");
    if (enrolment === undefined) return seeOther(visit.response, `${this.#at}/app`);
    const added = await changes.addApp(account, enrolment, form.get("code") ?? "", form.get("name") ?? "");
    if (added !== undefined) return this.#factorAdded(visit, "otp", added);
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
    const { account, token } = visit;
    const answer = form.get("response") ?? "";
    const added = await this.#parts.changes.addPasskey(account, answer, token, form.get("name") ?? "");
    if (added !== undefined) return this.#factorAdded(visit, "swk", added);
    return this.#addPasskey(visit, "The passkey was not accepted. Try again.");
  }

  /** This session has just shown the factor: it is not asked for it again at once. */
  async #factorAdded({ session, response }: Visit, method: string, { codes }: AddedFactor): Promise<void> {
    session.amr = [...new Set([...(session.amr ?? []), method, LEVELS.severalFactors])];
    session.acr = LEVELS.severalFactors;
    await session.persist();
    if (codes === undefined) return seeOther(response, `${this.#at}?done=added`);
    sendPage(response, 200, recoveryCodesPage(this.#parts.pages.settings, codes));
  }

  async #codesReplaced({ account, response }: Visit): Promise<void> {
    const codes = await this.#parts.changes.replaceCodes(account);
    if (codes === undefined) return seeOther(response, this.#at);
    sendPage(response, 200, recoveryCodesPage(this.#parts.pages.settings, codes));
  }

  async #removed({ account, response }: Visit, form: Form): Promise<void> {
    const outcome = await this.#parts.changes.remove(account, form.get("factor") ?? "");
    seeOther(response, `${this.#at}${REMOVED[outcome]}`);
  }
}

/** What the page says then. */
const REMOVED = { done: "?done=removed", short: "?done=longer", unknown: "" } as const;
