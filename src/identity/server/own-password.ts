// Another password on the account page, by whoever knows the one until now.
import type { Accounts } from "../accounts/accounts.ts";
import { changePasswordPage } from "../pages/account.ts";
import type { Pages } from "../pages/pages.ts";
import type { Form } from "./form.ts";
import type { KnownDevices } from "./known-devices.ts";
import { seeOther, sendPage } from "./send.ts";
import { type AccountSection, type Change, type Show, statusOfForm, type Visit, wrongPassword } from "./visit.ts";

export interface OwnPasswordParts {
  readonly accounts: Accounts;
  readonly devices: KnownDevices;
  readonly pages: Pages;
}

export class OwnPassword implements AccountSection {
  readonly shows: Readonly<Record<string, Show>>;
  readonly changes: Readonly<Record<string, Change>>;
  readonly #parts: OwnPasswordParts;

  constructor(parts: OwnPasswordParts) {
    this.#parts = parts;
    this.shows = { "/account/password": (visit) => this.#show(visit) };
    this.changes = { "/account/password": (visit, form) => this.#changed(visit, form) };
  }

  #show({ account, token, response }: Visit, wrong?: string): void {
    const { settings } = this.#parts.pages;
    sendPage(response, statusOfForm(wrong, response), changePasswordPage(settings, account.email, { token, wrong }));
  }

  async #changed(visit: Visit, form: Form): Promise<void> {
    const { account, session, request, response } = visit;
    const { accounts, devices, pages } = this.#parts;
    const typed = {
      old: form.get("old") ?? "",
      password: form.get("password") ?? "",
      device: devices.read(request)?.knownTo(account.email),
    };
    const outcome = await accounts.changePassword(account, typed, session.uid);
    if (outcome === "done") return seeOther(response, `${pages.settings.mountPath}/account?done=password`);
    this.#show(visit, outcome === "old" ? "The password until now is not right." : wrongPassword(outcome, response));
  }
}
