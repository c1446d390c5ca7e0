// The steps between a client's request and its answer: sign-in and consent, each for the browser that began (A13, A15).
import type { IncomingMessage, ServerResponse } from "node:http";
import type Provider from "oidc-provider";
import type { AccountStore } from "../accounts/account-store.ts";
import type { Accounts } from "../accounts/accounts.ts";
import type { SprayGuard } from "../accounts/spray-guard.ts";
import type { ClientStore } from "../clients/client-store.ts";
import { wayBackTo } from "../clients/way-back.ts";
import type { Passkeys } from "../factors/passkeys.ts";
import { SCRIPT_SOURCE } from "../pages/passkey-form.ts";
import type { Pages } from "../pages/pages.ts";
import { LEVELS, SECOND_FACTOR } from "../provider/interaction-policy.ts";
import { clientAddress } from "./client-address.ts";
import { askedScopes, grantOf } from "./consent.ts";
import type { SignInRecord } from "./sign-in-record.ts";
import { readForm } from "./form.ts";
import type { FormTokens } from "./form-token.ts";
import { clientName, type Details, waitSentence } from "./interaction-words.ts";
import type { KnownDevices } from "./known-devices.ts";
import type { Io, SecondStep } from "./second-step.ts";
import { redirectOrigin, seeOther, sendPage } from "./send.ts";

export interface InteractionParts {
  readonly accounts: Accounts;
  readonly accountStore: AccountStore;
  readonly clients: ClientStore;
  readonly pages: Pages;
  readonly tokens: FormTokens;
  readonly devices: KnownDevices;
  readonly spray: SprayGuard;
  readonly signIns: SignInRecord;
  readonly passkeys: Passkeys;
  readonly secondStep: SecondStep;
}

const WRONG_PASSKEY = "The passkey was not accepted. Sign in with your password.";
const ONCE_MORE = "This page was open in several windows. Sign in once more.";
const WRONG = "E-mail address or password are not right, or the address was not confirmed yet.";

export class Interaction {
  readonly #parts: InteractionParts;

  constructor(parts: InteractionParts) {
    this.#parts = parts;
  }

  /** Rejects with the core's SessionNotFound where this browser began no such interaction. */
  async show(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const details = await provider.interactionDetails(request, response);
    const { secondStep } = this.#parts;
    const io: Io = { provider, details, request, response };
    const standing = isStartedOver(request) ? undefined : await secondStep.standing(io);
    if (standing !== undefined) await secondStep.show(io, standing);
    else if (details.prompt.name === "login") await this.#showSignIn(provider, details, request, response);
    else if (details.prompt.name === SECOND_FACTOR) this.#refuse(response);
    else await this.#showConsent(provider, details, request, response);
  }

  async signIn(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const details = await provider.interactionDetails(request, response);
    const form = await readForm(request);
    if (details.prompt.name !== "login") return this.#refuse(response);
    const email = form?.get("email") ?? "";
    if (!this.#isGenuine(details, request, form?.get("token"))) {
      // Tabs that a browser opens at once, as when it starts, are each given the cookie of forms: only the last one's counts.
      if (!this.#parts.tokens.isFromHere(request)) return this.#refuse(response);
      return this.#showSignIn(provider, details, request, response, email, ONCE_MORE, 403);
    }
    const address = clientAddress(request);
    const { accounts, devices, spray, tokens } = this.#parts;
    const device = devices.read(request);
    const known = device?.mayTryApart(email);
    const tried = () => accounts.signIn(email, form?.get("password") ?? "", known);
    // Whoever tries many accounts from one address has signed in to none of them here: a colleague who did is not held up behind them.
    const account =
      known === undefined ? await spray.attempt(address, tried, (outcome) => outcome === undefined) : await tried();
    if (account === undefined) {
      this.#parts.signIns.failed(request, "password", email);
      return this.#showSignIn(provider, details, request, response, email, WRONG);
    }
    if (typeof account === "number") return this.#showWait(provider, details, request, response, email, account);
    if (await this.#parts.secondStep.begin({ provider, details, request, response }, account)) {
      return seeOther(response, `${mountPathOf(provider)}/interaction/${details.uid}`);
    }
    devices.remember(device, response, account);
    await provider.interactionFinished(request, response, {
      login: { accountId: account.id, amr: [LEVELS.password], acr: LEVELS.password, remember: true },
      generation: account.sessions_generation,
      browser: tokens.browserMark(request),
    });
    const proven = { methods: [LEVELS.password], level: LEVELS.password, step: "sign-in" } as const;
    this.#parts.signIns.succeeded(request, account, proven);
  }

  /** A code, or what a passkey said: behind the password, or to step up. A passkey also in the place of all. */
  async secondFactor(
    kind: "code" | "passkey",
    provider: Provider,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const details = await provider.interactionDetails(request, response);
    const form = await readForm(request);
    if (form === undefined || !this.#isGenuine(details, request, form.get("token"))) return this.#refuse(response);
    const { secondStep } = this.#parts;
    const io: Io = { provider, details, request, response };
    const standing = await secondStep.standing(io);
    const isAlone = kind === "passkey" && details.prompt.name === "login";
    // A page that was left open may still bring the passkey that is to be all.
    if (standing !== undefined && !(isAlone && form.get("alone") === "yes"))
      return secondStep[kind](io, standing, form);
    if (!isAlone) return this.#refuse(response);
    if (!(await secondStep.passkeyAlone(io, form))) {
      return this.#showSignIn(provider, details, request, response, undefined, WRONG_PASSKEY);
    }
  }

  async consent(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const details = await provider.interactionDetails(request, response);
    const form = await readForm(request);
    if (details.prompt.name !== "consent" || !this.#isGenuine(details, request, form?.get("token"))) {
      return this.#refuse(response);
    }
    if (form?.get("answer") !== "allow") {
      const denied = { error: "access_denied", error_description: "the account holder said no" };
      return provider.interactionFinished(request, response, denied);
    }
    const grantId = await grantOf(provider, details);
    await provider.interactionFinished(request, response, { consent: { grantId } }, { mergeWithLastSubmission: true });
  }

  #showWait(
    provider: Provider,
    details: Details,
    request: IncomingMessage,
    response: ServerResponse,
    email: string,
    seconds: number,
  ): Promise<void> {
    response.setHeader("Retry-After", String(seconds));
    return this.#showSignIn(provider, details, request, response, email, waitSentence(seconds));
  }

  async #showSignIn(
    provider: Provider,
    details: Details,
    request: IncomingMessage,
    response: ServerResponse,
    email?: string,
    wrong?: string,
    status = statusOf(wrong, response),
  ): Promise<void> {
    const { pages, tokens } = this.#parts;
    const token = tokens.issue(request, response, details.uid);
    const hint = details.params["login_hint"];
    const client = await wayBackTo(this.#parts.clients, String(details.params["client_id"]));
    const state = { token, wrong, client, email: email ?? (typeof hint === "string" ? hint : undefined) };
    const options = await this.#parts.passkeys.authenticationOptions(token);
    const page = pages.signIn(details.uid, await clientName(provider, details), state, options);
    sendPage(response, status, page, {
      formTarget: redirectOrigin(details.params["redirect_uri"]),
      script: options === undefined ? undefined : SCRIPT_SOURCE,
    });
  }

  async #showConsent(
    provider: Provider,
    details: Details,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { pages, tokens, accountStore } = this.#parts;
    const token = tokens.issue(request, response, details.uid);
    const account = await accountStore.byId(details.session?.accountId ?? "");
    const client = await clientName(provider, details);
    const scopes = await askedScopes(provider, details);
    const page = pages.consent(details.uid, client, account?.email ?? "", scopes, { token });
    sendPage(response, 200, page, { formTarget: redirectOrigin(details.params["redirect_uri"]) });
  }

  #isGenuine(details: Details, request: IncomingMessage, token: string | undefined): boolean {
    return this.#parts.tokens.isGenuine(request, token, details.uid);
  }

  #refuse(response: ServerResponse): void {
    const text =
      "The form was not sent from its own page, or waited too long. Go back to the application and begin again.";
    sendPage(response, 403, this.#parts.pages.message("That did not work", text));
  }
}

function isStartedOver({ url }: IncomingMessage): boolean {
  return url?.endsWith("?start=over") ?? false;
}

function mountPathOf({ issuer }: Provider): string {
  return new URL(issuer).pathname.replace(/\/$/, "");
}

function statusOf(wrong: string | undefined, response: ServerResponse): number {
  if (wrong === undefined) return 200;
  return response.hasHeader("Retry-After") ? 429 : 401;
}
