// Who has access, on the account page: browsers that are signed in and applications that were allowed something, and their end.
import type { Accounts } from "../accounts/accounts.ts";
import type { Pages } from "../pages/pages.ts";
import type { Consents } from "../sessions/consents.ts";
import type { SessionStore } from "../sessions/session-store.ts";
import type { Form } from "./form.ts";
import { seeOther, sendPage } from "./send.ts";
import type { AccountSection, Change, Visit } from "./visit.ts";

export interface OwnAccessParts {
  readonly accounts: Accounts;
  readonly sessions: SessionStore;
  readonly consents: Consents;
  readonly pages: Pages;
}

export class OwnAccess implements AccountSection {
  readonly shows = {};
  readonly changes: Readonly<Record<string, Change>>;
  readonly #parts: OwnAccessParts;
  readonly #at: string;

  constructor(parts: OwnAccessParts) {
    this.#parts = parts;
    this.#at = `${parts.pages.settings.mountPath}/account`;
    this.changes = {
      "/account/end-session": (visit, form) => this.#ended(visit, form),
      "/account/end-others": (visit) => this.#othersEnded(visit),
      "/account/sign-out": (visit) => this.#signedOut(visit),
      "/account/withdraw": (visit, form) => this.#withdrawn(visit, form),
    };
  }

  async #ended({ account, session, response }: Visit, form: Form): Promise<void> {
    const { sessions, accounts, pages } = this.#parts;
    const id = form.get("session") ?? "";
    const isOwn = id === (await sessions.entryOf(account.id, session.uid));
    if (!(await sessions.end(account.id, id))) return seeOther(response, this.#at);
    await accounts.record(account.id, "A session was signed out.");
    if (!isOwn) return seeOther(response, `${this.#at}?done=ended`);
    sendPage(response, 200, pages.message("You are signed out", "You can close this page."));
  }

  async #othersEnded({ account, session, response }: Visit): Promise<void> {
    const count = await this.#parts.sessions.endOthers(account.id, session.uid);
    if (count > 0) await this.#parts.accounts.record(account.id, `Other sessions were signed out: ${count}.`);
    seeOther(response, `${this.#at}?done=others`);
  }

  async #signedOut({ account, response }: Visit): Promise<void> {
    await this.#parts.accounts.endSessions(account.id);
    await this.#parts.accounts.record(account.id, "signed out everywhere");
    sendPage(response, 200, this.#parts.pages.message("You are signed out everywhere", "You can close this page."));
  }

  async #withdrawn({ account, response }: Visit, form: Form): Promise<void> {
    const clientId = form.get("client") ?? "";
    if (!(await this.#parts.consents.revoke(account.id, clientId))) return seeOther(response, this.#at);
    await this.#parts.accounts.record(account.id, `The access of the client ${clientId} was withdrawn.`);
    seeOther(response, `${this.#at}?done=withdrawn`);
  }
}
