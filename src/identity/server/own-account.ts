// The account page: what holders change of their own account, after they signed in just now and with all their factors.
import type { IncomingMessage, ServerResponse } from "node:http";
import type Provider from "oidc-provider";
import type { Account, AccountStore } from "../accounts/account-store.ts";
import type { Accounts } from "../accounts/accounts.ts";
import type { FactorStore } from "../factors/factor-store.ts";
import type { Passkeys } from "../factors/passkeys.ts";
import type { RecoveryCodes } from "../factors/recovery-codes.ts";
import type { Enrolment, SecondFactors } from "../factors/second-factors.ts";
import { otpauthUri } from "../factors/totp.ts";
import { accountPage, addAppPage, addPasskeyPage, changePasswordPage, recoveryCodesPage } from "../pages/account.ts";
import { SCRIPT_SOURCE } from "../pages/passkey-form.ts";
import type { Pages } from "../pages/pages.ts";
import { accountSignIn, FRESH_SECONDS } from "../provider/account-client.ts";
import { LEVELS } from "../provider/interaction-policy.ts";
import { type Form, readForm } from "./form.ts";
import type { FormTokens } from "./form-token.ts";
import { waitSentence } from "./interaction-words.ts";
import type { KnownDevices } from "./known-devices.ts";
import { faultSentence } from "./password-words.ts";
import { seeOther, sendPage } from "./send.ts";

export interface OwnAccountParts {
  readonly issuer: string;
  readonly accounts: Accounts;
  readonly accountStore: AccountStore;
  readonly factors: FactorStore;
  readonly secondFactors: SecondFactors;
  readonly recovery: RecoveryCodes;
  readonly passkeys: Passkeys;
  readonly pages: Pages;
  readonly tokens: FormTokens;
  readonly devices: KnownDevices;
  /** Hears of every change, for the record. */
  readonly changed: (what: string, accountId: string) => void;
}

type Session = Awaited<ReturnType<Provider["Session"]["get"]>>;

/** Somebody signed in, and the request that was made. */
interface Visit {
  readonly account: Account;
  readonly session: Session;
  readonly token: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

type Show = (visit: Visit) => Promise<void> | void;
type Change = (visit: Visit, form: Form) => Promise<void> | void;

/** What was done just now, by the word behind the page's address. */
const DONE: ReadonlyMap<string, string> = new Map([
  ["password", "Your password is changed. Your other sessions have ended."],
  ["removed", "The second factor is removed."],
  ["added", "The second factor is added."],
]);

export class OwnAccount {
  readonly #parts: OwnAccountParts;
  readonly #at: string;
  readonly #shows: ReadonlyMap<string, Show>;
  readonly #changes: ReadonlyMap<string, Change>;

  constructor(parts: OwnAccountParts) {
    this.#parts = parts;
    this.#at = `${parts.pages.settings.mountPath}/account`;
    this.#shows = new Map<string, Show>([
      ["/account", (visit) => this.#overview(visit)],
      ["/account/app", (visit) => this.#addApp(visit)],
      ["/account/passkey", (visit) => this.#addPasskey(visit)],
      ["/account/password", (visit) => this.#password(visit)],
    ]);
    this.#changes = new Map<string, Change>([
      ["/account/app", (visit, form) => this.#appAdded(visit, form)],
      ["/account/passkey", (visit, form) => this.#passkeyAdded(visit, form)],
      ["/account/password", (visit, form) => this.#passwordChanged(visit, form)],
      ["/account/recovery-codes", (visit) => this.#codesReplaced(visit)],
      ["/account/remove", (visit, form) => this.#removed(visit, form)],
      ["/account/sign-out", (visit) => this.#signedOut(visit)],
    ]);
  }

  /** False for a path or method that is none of these pages. */
  async answer(provider: Provider, path: string, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const show = request.method === "GET" ? this.#shows.get(path) : undefined;
    const change = request.method === "POST" ? this.#changes.get(path) : undefined;
    if (show === undefined && change === undefined) return false;
    const asked = new URL(request.url ?? "", this.#parts.issuer).searchParams;
    if (asked.has("error")) {
      const text = "You were not signed in. Open the page again.";
      sendPage(response, 403, this.#parts.pages.message("That did not work", text));
      return true;
    }
    if (asked.has("code")) {
      seeOther(response, this.#at);
      return true;
    }
    const form = change === undefined ? undefined : await readForm(request);
    const known = await this.#signedIn(provider, request, response);
    if (known === undefined) {
      seeOther(response, accountSignIn(this.#parts.issuer));
      return true;
    }
    const purpose = `account ${known.session.uid}`;
    const { tokens, pages } = this.#parts;
    if (change !== undefined && (form === undefined || !tokens.isGenuine(request, form.get("token"), purpose))) {
      const text = "The form was not sent from its own page. Open it again.";
      sendPage(response, 403, pages.message("That did not work", text));
      return true;
    }
    const visit: Visit = { ...known, token: tokens.issue(request, response, purpose), request, response };
    if (form === undefined) await show?.(visit);
    else await change?.(visit, form);
    return true;
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

  async #overview({ account, token, request, response }: Visit): Promise<void> {
    const { pages, factors, recovery, passkeys } = this.#parts;
    const view = {
      email: account.email,
      factors: await factors.list(account.id),
      recoveryCodesLeft: await recovery.left(account.id),
      mayAddPasskey: passkeys.isPossible,
      done: DONE.get(/\?done=(\w+)$/.exec(request.url ?? "")?.[1] ?? ""),
    };
    sendPage(response, 200, accountPage(pages.settings, view, { token }));
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
    this.#tell(account, `A second factor was added: ${what}.`);
    const codes = await this.#parts.secondFactors.recoveryCodesFor(account.id);
    if (codes === undefined) return seeOther(response, `${this.#at}?done=added`);
    sendPage(response, 200, recoveryCodesPage(this.#parts.pages.settings, codes));
  }

  async #codesReplaced({ account, response }: Visit): Promise<void> {
    const { factors, recovery, pages } = this.#parts;
    if (!(await factors.has(account.id))) return seeOther(response, this.#at);
    const codes = await recovery.replace(account.id);
    this.#tell(account, "The recovery codes were replaced.");
    sendPage(response, 200, recoveryCodesPage(pages.settings, codes));
  }

  async #removed({ account, response }: Visit, form: Form): Promise<void> {
    const isRemoved = await this.#parts.secondFactors.remove(account.id, form.get("factor") ?? "");
    if (isRemoved) this.#tell(account, "A second factor was removed.");
    seeOther(response, isRemoved ? `${this.#at}?done=removed` : this.#at);
  }

  #password({ account, token, response }: Visit, wrong?: string): void {
    const status = wrong === undefined ? 200 : response.hasHeader("Retry-After") ? 429 : 400;
    sendPage(response, status, changePasswordPage(this.#parts.pages.settings, account.email, { token, wrong }));
  }

  async #passwordChanged(visit: Visit, form: Form): Promise<void> {
    const { account, session, request, response } = visit;
    const { accounts, devices, changed } = this.#parts;
    const typed = {
      old: form.get("old") ?? "",
      password: form.get("password") ?? "",
      device: devices.read(request)?.knownTo(account.email),
    };
    const outcome = await accounts.changePassword(account, typed, session.jti);
    if (outcome === "done") {
      changed("the password was changed", account.id);
      return seeOther(response, `${this.#at}?done=password`);
    }
    if (outcome === "old") return this.#password(visit, "The password until now is not right.");
    if (typeof outcome !== "number") return this.#password(visit, faultSentence(outcome));
    response.setHeader("Retry-After", String(outcome));
    this.#password(visit, waitSentence(outcome));
  }

  async #signedOut({ account, response }: Visit): Promise<void> {
    await this.#parts.accounts.endSessions(account.id);
    this.#parts.changed("signed out everywhere", account.id);
    sendPage(response, 200, this.#parts.pages.message("You are signed out everywhere", "You can close this page."));
  }

  #tell(account: Account, what: string): void {
    this.#parts.accounts.notify(account, what);
    this.#parts.changed(what, account.id);
  }
}
