// Who has access, on the account page: browsers that are signed in and applications that were allowed something, and their end.
import type { Accounts } from "../accounts/accounts.ts";
import type { Together } from "../administration/stores.ts";
import type { Pages } from "../pages/pages.ts";
import type { Form } from "./form.ts";
import { seeOther, sendPage } from "./send.ts";
import type { AccountSection, Change, Visit } from "./visit.ts";

export interface OwnAccessParts {
  readonly accounts: Accounts;
  readonly atOnce: Together;
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
    const { accounts, atOnce, pages } = this.#parts;
    const id = form.get("session") ?? "";
    const ended = await atOnce(async ({ sessions, database: { queries } }) => {
      const isOwn = id === (await sessions.entryOf(account.id, session.uid));
      if (!(await sessions.end(account.id, id))) return undefined;
      await accounts.record(queries, account.id, "A session was signed out.");
      return { isOwn };
    });
    if (ended === undefined) return seeOther(response, this.#at);
    if (!ended.isOwn) return seeOther(response, `${this.#at}?done=ended`);
    sendPage(response, 200, pages.message("You are signed out", "You can close this page."));
  }

  async #othersEnded({ account, session, response }: Visit): Promise<void> {
    const { accounts, atOnce } = this.#parts;
    await atOnce(async ({ sessions, database: { queries } }) => {
      const count = await sessions.endOthers(account.id, session.uid);
      if (count > 0) await accounts.record(queries, account.id, `Other sessions were signed out: ${count}.`);
    });
    seeOther(response, `${this.#at}?done=others`);
  }

  async #signedOut({ account, response }: Visit): Promise<void> {
    const { accounts, pages } = this.#parts;
    await accounts.endSessions(account.id, undefined, (queries) =>
      accounts.record(queries, account.id, "signed out everywhere"),
    );
    sendPage(response, 200, pages.message("You are signed out everywhere", "You can close this page."));
  }

  async #withdrawn({ account, response }: Visit, form: Form): Promise<void> {
    const { accounts, atOnce } = this.#parts;
    const clientId = form.get("client") ?? "";
    const isWithdrawn = await atOnce(async ({ consents, database: { queries } }) => {
      if (!(await consents.revoke(account.id, clientId))) return false;
      await accounts.record(queries, account.id, `The access of the client ${clientId} was withdrawn.`);
      return true;
    });
    seeOther(response, isWithdrawn ? `${this.#at}?done=withdrawn` : this.#at);
  }
}
