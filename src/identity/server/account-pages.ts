// Sign-up, confirmation, invitation and reset as pages, and sign-up as JSON: the same answer whoever has an account.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Accounts } from "../accounts/accounts.ts";
import { BreachCheckError } from "../accounts/breached-passwords.ts";
import type { Invitations } from "../accounts/invitations.ts";
import { HashingBusyError } from "../accounts/password-hash.ts";
import type { SprayGuard } from "../accounts/spray-guard.ts";
import type { ClientStore } from "../clients/client-store.ts";
import { type WayBack, wayBackTo } from "../clients/way-back.ts";
import type { Pages } from "../pages/pages.ts";
import { clientAddress } from "./client-address.ts";
import { type Form, readForm, readJsonForm } from "./form.ts";
import type { FormTokens } from "./form-token.ts";
import type { KnownDevices } from "./known-devices.ts";
import { FAULTS, faultSentence, NO_LONGER_VALID } from "./password-words.ts";
import { sendJson, sendPage } from "./send.ts";
import { statusOfForm, wrongPassword } from "./visit.ts";

const CHECK_MAIL = "We sent a mail to that address. It says what comes next.";

export interface AccountPagesParts {
  readonly accounts: Accounts;
  readonly invitations: Invitations;
  readonly clients: ClientStore;
  readonly pages: Pages;
  readonly tokens: FormTokens;
  readonly devices: KnownDevices;
  readonly spray: SprayGuard;
}

/** A page that is asked for, with what its address says. */
interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly link: string;
  readonly client: WayBack | undefined;
}

interface Posted {
  readonly form: Form;
  readonly request: IncomingMessage;
  /** For the form, should it be shown again. */
  readonly token: string;
  readonly response: ServerResponse;
  readonly client: WayBack | undefined;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Below the mount path; besides at `registrationPath`. */
export const REGISTRATION_BY_JSON = "/api/register";

export class AccountPages {
  /** By method and path below the mount path. */
  readonly routes: ReadonlyMap<string, Handler>;
  readonly #parts: AccountPagesParts;

  constructor(parts: AccountPagesParts) {
    this.#parts = parts;
    const { pages } = parts;
    const { registration } = pages.settings;
    const show = (page: string, view: (token: string, asked: Asked) => string): [string, Handler] => [
      `GET /${page}`,
      async (request, response) => {
        const asked = await this.#asked(request, response);
        sendPage(response, 200, view(parts.tokens.issue(request, response, page), asked));
      },
    ];
    const take = (page: string, work: (posted: Posted) => Promise<void>): [string, Handler] => [
      `POST /${page}`,
      (request, response) => this.#posted(page, work, request, response),
    ];
    const registering: [string, Handler][] = [
      show("register", (token, { client }) => pages.register({ token, client })),
      take("register", (posted) => this.#register(posted)),
      [`POST ${REGISTRATION_BY_JSON}`, (...io) => this.registerByJson(...io)],
    ];
    const invited: [string, Handler][] = [
      ["GET /invitation", (request, response) => this.#showInvitation(request, response)],
      take("invitation", (posted) => this.#accept(posted)),
    ];
    this.routes = new Map<string, Handler>([
      ...(registration === "open" ? registering : []),
      ...(registration === "closed" ? [] : invited),
      show("forgotten", (token, { client }) => pages.forgotten({ token, client })),
      take("forgotten", (posted) => this.#forgotten(posted)),
      ["GET /verify", (request, response) => this.#showVerify(request, response)],
      take("verify", (posted) => this.#verify(posted)),
      show("reset", (token, { link }) => pages.reset(link, { token })),
      take("reset", (posted) => this.#reset(posted)),
    ]);
  }

  async #asked(request: IncomingMessage, response: ServerResponse): Promise<Asked> {
    const { searchParams } = new URL(request.url ?? "/", "http://localhost");
    const client = await wayBackTo(this.#parts.clients, searchParams.get("client") ?? undefined);
    return { request, response, link: searchParams.get("token") ?? "", client };
  }

  async #posted(
    purpose: string,
    work: (posted: Posted) => Promise<void>,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { tokens, clients, pages } = this.#parts;
    const form = await readForm(request);
    if (form === undefined || !tokens.isGenuine(request, form.get("token"), purpose)) {
      const text = "The form was not sent from its own page. Open it again.";
      return sendPage(response, 403, pages.message("That did not work", text));
    }
    const client = await wayBackTo(clients, form.get("client"));
    return work({ form, token: tokens.issue(request, response, purpose), request, response, client });
  }

  async #register({ form, token, request, response, client }: Posted): Promise<void> {
    const { accounts, pages, tokens } = this.#parts;
    const email = form.get("email") ?? "";
    const from = { clientId: client?.clientId, browser: tokens.browserMark(request) };
    const fault = await accounts.register(email, form.get("password") ?? "", from);
    if (fault === undefined) return sendPage(response, 200, pages.message("Look into your mail", CHECK_MAIL));
    sendPage(response, 400, pages.register({ token, email, client, wrong: faultSentence(fault) }));
  }

  /** The same for programs and pages of the owner's own. */
  async registerByJson(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { accounts, clients } = this.#parts;
    const form = await readJsonForm(request);
    if (form === undefined)
      return sendJson(response, 400, { title: "A JSON object with email and password is needed." });
    try {
      const client = await wayBackTo(clients, form.get("client"));
      const from = { clientId: client?.clientId };
      const fault = await accounts.register(form.get("email") ?? "", form.get("password") ?? "", from);
      if (fault === undefined) return sendJson(response, 202, { message: CHECK_MAIL });
      const at = fault === "email" ? "/email" : "/password";
      const errors = [{ in: "body", at, message: FAULTS[fault] }];
      sendJson(response, 400, { title: "The request is not valid.", status: 400, errors });
    } catch (error) {
      if (!(error instanceof HashingBusyError || error instanceof BreachCheckError)) throw error;
      response.setHeader("Retry-After", "5");
      sendJson(response, 503, { title: "No account can be made at the moment. Please try again.", status: 503 });
    }
  }

  async #showInvitation(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { invitations, pages, tokens } = this.#parts;
    const { link } = await this.#asked(request, response);
    const email = await invitations.emailOf(link);
    if (email === undefined) return sendPage(response, 400, pages.message("That did not work", NO_LONGER_VALID));
    const token = tokens.issue(request, response, "invitation");
    sendPage(response, 200, pages.invitation(link, { token, email }));
  }

  async #accept({ form, token, response }: Posted): Promise<void> {
    const { invitations, pages } = this.#parts;
    const link = form.get("invitation") ?? "";
    const outcome = await invitations.accept(link, form.get("password") ?? "");
    if (outcome === "done")
      return sendPage(response, 200, pages.message("Your account is made", "You can sign in now."));
    if (outcome === "token") return sendPage(response, 400, pages.message("That did not work", NO_LONGER_VALID));
    const email = await invitations.emailOf(link);
    sendPage(response, 400, pages.invitation(link, { token, email, wrong: faultSentence(outcome) }));
  }

  async #forgotten({ form, response, client }: Posted): Promise<void> {
    await this.#parts.accounts.requestReset(form.get("email") ?? "", client?.clientId);
    sendPage(response, 200, this.#parts.pages.message("Look into your mail", CHECK_MAIL));
  }

  async #showVerify(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { accounts, pages, tokens } = this.#parts;
    const { link } = await this.#asked(request, response);
    const asksPassword = await accounts.asksPassword(link, tokens.browserMark(request));
    const token = tokens.issue(request, response, "verify");
    sendPage(response, 200, pages.verify(link, { token }, asksPassword));
  }

  async #verify({ form, token, request, response }: Posted): Promise<void> {
    const { accounts, clients, pages, tokens, spray } = this.#parts;
    const link = form.get("verify") ?? "";
    const proof = { browser: tokens.browserMark(request), password: form.get("password") };
    const confirm = () => accounts.verifyEmail(link, proof);
    const used =
      proof.password === undefined
        ? await confirm()
        : await spray.attempt(clientAddress(request), confirm, (outcome) => outcome === "old");
    if (used === undefined) return sendPage(response, 400, pages.message("That did not work", NO_LONGER_VALID));
    if (typeof used !== "object") {
      const wrong = used === "asked" ? undefined : wrongPassword(used, response);
      return sendPage(response, statusOfForm(wrong, response), pages.verify(link, { token, wrong }, true));
    }
    const back = await wayBackTo(clients, used.clientId);
    sendPage(response, 200, pages.message("Your address is confirmed", "You can sign in now.", back));
  }

  async #reset({ form, token, request, response }: Posted): Promise<void> {
    const { accounts, clients, devices, pages } = this.#parts;
    const link = form.get("reset") ?? "";
    const outcome = await accounts.reset(link, form.get("password") ?? "");
    if (outcome === "token") return sendPage(response, 400, pages.message("That did not work", NO_LONGER_VALID));
    if (typeof outcome === "string") {
      return sendPage(response, 400, pages.reset(link, { token, wrong: faultSentence(outcome) }));
    }
    const { account } = outcome;
    const device = devices.read(request);
    await accounts.forgetTries(account, device?.mayTryApart(account.email));
    // Whoever goes on guessing elsewhere does not hold up the one who is told here to sign in.
    devices.remember(device, response, account, "reset");
    const back = await wayBackTo(clients, outcome.clientId);
    sendPage(response, 200, pages.message("Your password is set", "You can sign in with it now.", back));
  }
}
