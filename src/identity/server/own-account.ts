// The account page: what holders change of their own account, after they signed in just now and with all their factors.
import type { IncomingMessage, ServerResponse } from "node:http";
import type Provider from "oidc-provider";
import type { AccountStore } from "../accounts/account-store.ts";
import type { FactorStore } from "../factors/factor-store.ts";
import type { Passkeys } from "../factors/passkeys.ts";
import type { RecoveryCodes } from "../factors/recovery-codes.ts";
import { accountPage } from "../pages/account.ts";
import type { Pages } from "../pages/pages.ts";
import { accountSignIn, FRESH_SECONDS } from "../provider/account-client.ts";
import { LEVELS } from "../provider/interaction-policy.ts";
import type { Consents } from "../sessions/consents.ts";
import type { SessionStore } from "../sessions/session-store.ts";
import { readForm } from "./form.ts";
import type { FormTokens } from "./form-token.ts";
import { seeOther, sendPage } from "./send.ts";
import type { AccountSection, Change, Show, Visit } from "./visit.ts";

export interface OwnAccountParts {
  readonly issuer: string;
  readonly accountStore: AccountStore;
  readonly factors: FactorStore;
  readonly recovery: RecoveryCodes;
  readonly passkeys: Passkeys;
  readonly sessions: SessionStore;
  readonly consents: Consents;
  readonly pages: Pages;
  readonly tokens: FormTokens;
}

/** What was done just now, by the word behind the page's address. */
const DONE: ReadonlyMap<string, string> = new Map([
  ["password", "Your password is changed. Your other sessions have ended."],
  ["email", "Your e-mail address is changed. Your other sessions have ended."],
  ["removed", "The second factor is removed."],
  ["longer", "Your password is too short to stand alone. Choose a longer one first; then remove the second factor."],
  ["added", "The second factor is added."],
  ["ended", "That session has ended."],
  ["others", "Your other sessions have ended."],
  ["withdrawn", "The application has no access any more."],
]);

/** Which page of these to go on with after the sign-in. */
const ASKED_PAGE = /^(\/account(?:\/[a-z-]+)*)(?:\?token=[\w-]{43})?$/;

export class OwnAccount {
  readonly #parts: OwnAccountParts;
  readonly #shows: ReadonlyMap<string, Show>;
  readonly #changes: ReadonlyMap<string, Change>;

  constructor(parts: OwnAccountParts, sections: readonly AccountSection[]) {
    this.#parts = parts;
    this.#shows = new Map([
      ["/account", (visit: Visit) => this.#overview(visit)],
      ...sections.flatMap(({ shows }) => Object.entries(shows)),
    ]);
    this.#changes = new Map(sections.flatMap(({ changes }) => Object.entries(changes)));
  }

  /** False for a path or method that is none of these pages. */
  async answer(provider: Provider, path: string, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const show = request.method === "GET" ? this.#shows.get(path) : undefined;
    const change = request.method === "POST" ? this.#changes.get(path) : undefined;
    if (show === undefined && change === undefined) return false;
    const { tokens, pages, issuer } = this.#parts;
    const asked = new URL(request.url ?? "", issuer).searchParams;
    if (asked.has("error")) {
      const text = "You were not signed in. Open the page again.";
      sendPage(response, 403, pages.message("That did not work", text));
      return true;
    }
    if (asked.has("code")) {
      seeOther(response, `${pages.settings.mountPath}${this.#known(asked.get("state") ?? "")}`);
      return true;
    }
    const form = change === undefined ? undefined : await readForm(request);
    const signedIn = await this.#signedIn(provider, request, response);
    if (signedIn === undefined) {
      seeOther(response, accountSignIn(issuer, this.#known(request.url ?? "")));
      return true;
    }
    const purpose = `account ${signedIn.session.uid}`;
    if (change !== undefined && (form === undefined || !tokens.isGenuine(request, form.get("token"), purpose))) {
      const text = "The form was not sent from its own page. Open it again.";
      sendPage(response, 403, pages.message("That did not work", text));
      return true;
    }
    const visit: Visit = { ...signedIn, token: tokens.issue(request, response, purpose), request, response };
    if (form === undefined) await show?.(visit);
    else await change?.(visit, form);
    return true;
  }

  /** A page of these with the link's token behind it; whatever else it says leads to the first one. */
  #known(asked: string): string {
    const [page, path = ""] = ASKED_PAGE.exec(asked) ?? [];
    return page !== undefined && this.#shows.has(path) ? page : "/account";
  }

  /** Recently, and with a second factor where there is one: who finds a browser open, or has the password alone, changes nothing. */
  async #signedIn(provider: Provider, request: IncomingMessage, response: ServerResponse) {
    const session = await provider.Session.get(provider.createContext(request, response));
    if (session.accountId === undefined || session.past(FRESH_SECONDS)) return undefined;
    const account = await this.#parts.accountStore.byId(session.accountId);
    if (account?.status !== "active") return undefined;
    if (session.acr !== LEVELS.severalFactors && (await this.#parts.factors.has(account.id))) return undefined;
    return { account, session };
  }

  async #overview({ account, session, token, request, response }: Visit): Promise<void> {
    const { pages, factors, recovery, passkeys, sessions, consents } = this.#parts;
    const view = {
      email: account.email,
      factors: await factors.list(account.id),
      recoveryCodesLeft: await recovery.left(account.id),
      mayAddPasskey: passkeys.isPossible,
      isKept: account.declared === 1,
      sessions: await sessions.list(account.id),
      thisSession: await sessions.entryOf(account.id, session.uid),
      consents: await consents.list(account.id),
      done: DONE.get(/\?done=(\w+)$/.exec(request.url ?? "")?.[1] ?? ""),
    };
    sendPage(response, 200, accountPage(pages.settings, view, { token }));
  }
}
