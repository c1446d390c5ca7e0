// Another e-mail address on the account page, in two steps: asked for here, confirmed by the link that went to the new one.
import type { Accounts } from "../accounts/accounts.ts";
import type { AddressChange } from "../accounts/address-change.ts";
import { changeAddressPage, confirmAddressPage } from "../pages/account-data.ts";
import type { Pages } from "../pages/pages.ts";
import type { Form } from "./form.ts";
import type { KnownDevices } from "./known-devices.ts";
import { FAULTS, NO_LONGER_VALID } from "./password-words.ts";
import { seeOther, sendPage } from "./send.ts";
import {
  type AccountSection,
  type Change,
  KEPT_ACCOUNT,
  type Show,
  statusOfForm,
  type Visit,
  wrongPassword,
} from "./visit.ts";

export interface OwnAddressParts {
  readonly accounts: Accounts;
  readonly addressChange: AddressChange;
  readonly devices: KnownDevices;
  readonly pages: Pages;
}

export class OwnAddress implements AccountSection {
  readonly shows: Readonly<Record<string, Show>>;
  readonly changes: Readonly<Record<string, Change>>;
  readonly #parts: OwnAddressParts;

  constructor(parts: OwnAddressParts) {
    this.#parts = parts;
    this.shows = {
      "/account/email": (visit) => this.#show(visit),
      "/account/email/confirm": (visit) => this.#showConfirmation(visit),
    };
    this.changes = {
      "/account/email": (visit, form) => this.#requested(visit, form),
      "/account/email/confirm": (visit, form) => this.#confirmed(visit, form),
    };
  }

  #show({ account, token, response }: Visit, email?: string, wrong?: string): void {
    const page = changeAddressPage(this.#parts.pages.settings, account.email, { token, email, wrong });
    sendPage(response, statusOfForm(wrong, response), page);
  }

  async #requested(visit: Visit, form: Form): Promise<void> {
    const { account, request, response } = visit;
    const { addressChange, devices, pages } = this.#parts;
    const email = form.get("email") ?? "";
    const device = devices.read(request)?.knownTo(account.email);
    const outcome = await addressChange.request(account, { email, password: form.get("password") ?? "", device });
    if (outcome === "done") {
      const text = "We sent a mail to the new address. Open its link in a browser where you are signed in.";
      return sendPage(response, 200, pages.message("Look into your mail", text));
    }
    if (outcome === "email") return this.#show(visit, email, `The new ${FAULTS.email}.`);
    if (outcome === "kept") return this.#show(visit, email, KEPT_ACCOUNT);
    if (outcome === "same") return this.#show(visit, email, "That is the address that your account has.");
    this.#show(visit, email, wrongPassword(outcome, response));
  }

  #showConfirmation({ account, token, request, response }: Visit): void {
    const link = new URL(request.url ?? "/", "http://localhost").searchParams.get("token") ?? "";
    sendPage(response, 200, confirmAddressPage(this.#parts.pages.settings, account.email, link, { token }));
  }

  async #confirmed({ account, session, request, response }: Visit, form: Form): Promise<void> {
    const { addressChange, devices, pages } = this.#parts;
    const changed = await addressChange.confirm(account, form.get("change") ?? "", session.uid);
    if (changed === undefined) {
      return sendPage(response, 400, pages.message("That did not work", NO_LONGER_VALID));
    }
    // This browser is known to the account by its new address, too.
    devices.remember(devices.read(request), response, changed);
    seeOther(response, `${pages.settings.mountPath}/account?done=email`);
  }
}
