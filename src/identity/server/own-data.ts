// What is stored about an account, on the account page: all of it as a file, and all of it deleted.
import type { AccountData } from "../accounts/account-data.ts";
import type { Accounts } from "../accounts/accounts.ts";
import { deleteAccountPage } from "../pages/account-data.ts";
import type { Pages } from "../pages/pages.ts";
import type { Form } from "./form.ts";
import type { KnownDevices } from "./known-devices.ts";
import { sendJsonFile, sendPage } from "./send.ts";
import {
  type AccountSection,
  type Change,
  KEPT_ACCOUNT,
  type Show,
  statusOfForm,
  type Visit,
  wrongPassword,
} from "./visit.ts";

export interface OwnDataParts {
  readonly accounts: Accounts;
  readonly accountData: AccountData;
  readonly devices: KnownDevices;
  readonly pages: Pages;
}

const WHY_NOT = {
  "last-administrator": "You are the last administrator. Give that role to somebody else first.",
  kept: KEPT_ACCOUNT,
} as const;

export class OwnData implements AccountSection {
  readonly shows: Readonly<Record<string, Show>>;
  readonly changes: Readonly<Record<string, Change>>;
  readonly #parts: OwnDataParts;

  constructor(parts: OwnDataParts) {
    this.#parts = parts;
    this.shows = { "/account/delete": (visit) => this.#show(visit) };
    this.changes = {
      "/account/export": (visit) => this.#exported(visit),
      "/account/delete": (visit, form) => this.#deleted(visit, form),
    };
  }

  async #exported({ account, response }: Visit): Promise<void> {
    const { accountData } = this.#parts;
    sendJsonFile(response, "account.json", await accountData.export(account));
  }

  #show({ account, token, response }: Visit, wrong?: string): void {
    const page = deleteAccountPage(this.#parts.pages.settings, account.email, { token, wrong });
    sendPage(response, statusOfForm(wrong, response), page);
  }

  async #deleted(visit: Visit, form: Form): Promise<void> {
    const { account, request, response } = visit;
    const { accounts, accountData, devices, pages } = this.#parts;
    if (form.get("confirm")?.trim() !== account.email) {
      return this.#show(visit, "Type the e-mail address of this account to confirm.");
    }
    const device = devices.read(request)?.knownTo(account.email);
    const answer = await accounts.confirmPassword(account, form.get("password") ?? "", device);
    if (answer !== "done") return this.#show(visit, wrongPassword(answer, response));
    const outcome = await accountData.remove(account);
    if (outcome !== "done") return this.#show(visit, WHY_NOT[outcome]);
    const text = "You are signed out everywhere, and no application has access any more. You can close this page.";
    sendPage(response, 200, pages.message("Your account is deleted", text));
  }
}
