// Sign-up, confirmation and reset as pages, and sign-up as JSON: the same answer whoever has an account.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Accounts } from "../accounts/accounts.ts";
import { HashingBusyError } from "../accounts/password-hash.ts";
import type { Pages } from "../pages/pages.ts";
import { type Form, readForm, readJsonForm } from "./form.ts";
import type { FormTokens } from "./form-token.ts";
import { FAULTS, faultSentence } from "./password-words.ts";
import { sendJson, sendPage } from "./send.ts";

const CHECK_MAIL = "We sent a mail to that address. It says what comes next.";
const NO_LONGER_VALID = "The link was used, has ended, or is not whole. Ask for another.";

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

export class AccountPages {
  /** By method and path below the mount path. */
  readonly routes: ReadonlyMap<string, Handler>;
  readonly #accounts: Accounts;
  readonly #pages: Pages;
  readonly #tokens: FormTokens;

  constructor(accounts: Accounts, pages: Pages, tokens: FormTokens, registration: "open" | "closed") {
    this.#accounts = accounts;
    this.#pages = pages;
    this.#tokens = tokens;
    const registering: [string, Handler][] = [
      ["GET /register", (...io) => this.#show("register", (token) => pages.register({ token }), ...io)],
      ["POST /register", (...io) => this.#posted("register", (...form) => this.#register(...form), ...io)],
      ["POST /api/register", (...io) => this.#registerByJson(...io)],
    ];
    this.routes = new Map<string, Handler>([
      ...(registration === "open" ? registering : []),
      ["GET /forgotten", (...io) => this.#show("forgotten", (token) => pages.forgotten({ token }), ...io)],
      ["POST /forgotten", (...io) => this.#posted("forgotten", (...form) => this.#forgotten(...form), ...io)],
      ["GET /verify", (...io) => this.#show("verify", (token, link) => pages.verify(link, { token }), ...io)],
      ["POST /verify", (...io) => this.#posted("verify", (...form) => this.#verify(...form), ...io)],
      ["GET /reset", (...io) => this.#show("reset", (token, link) => pages.reset(link, { token }), ...io)],
      ["POST /reset", (...io) => this.#posted("reset", (...form) => this.#reset(...form), ...io)],
    ]);
  }

  #show(
    purpose: string,
    page: (token: string, link: string) => string,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    const link = new URL(request.url ?? "/", "http://localhost").searchParams.get("token") ?? "";
    sendPage(response, 200, page(this.#tokens.issue(request, response, purpose), link));
  }

  async #posted(
    purpose: string,
    work: (form: Form, token: string, response: ServerResponse) => Promise<void>,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const form = await readForm(request);
    if (form === undefined || !this.#tokens.isGenuine(request, form.get("token"), purpose)) {
      const text = "The form was not sent from its own page. Open it again.";
      return sendPage(response, 403, this.#pages.message("That did not work", text));
    }
    return work(form, this.#tokens.issue(request, response, purpose), response);
  }

  async #register(form: Form, token: string, response: ServerResponse): Promise<void> {
    const email = form.get("email") ?? "";
    const fault = await this.#accounts.register(email, form.get("password") ?? "");
    if (fault === undefined) return sendPage(response, 200, this.#pages.message("Look into your mail", CHECK_MAIL));
    sendPage(response, 400, this.#pages.register({ token, email, wrong: faultSentence(fault) }));
  }

  async #registerByJson(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = await readJsonForm(request);
    if (form === undefined)
      return sendJson(response, 400, { title: "A JSON object with email and password is needed." });
    try {
      const fault = await this.#accounts.register(form.get("email") ?? "", form.get("password") ?? "");
      if (fault === undefined) return sendJson(response, 202, { message: CHECK_MAIL });
      const at = fault === "email" ? "/email" : "/password";
      const errors = [{ in: "body", at, message: FAULTS[fault] }];
      sendJson(response, 400, { title: "The request is not valid.", status: 400, errors });
    } catch (error) {
      if (!(error instanceof HashingBusyError)) throw error;
      response.setHeader("Retry-After", "5");
      sendJson(response, 503, { title: "Too many accounts are being made. Please try again.", status: 503 });
    }
  }

  async #forgotten(form: Form, _token: string, response: ServerResponse): Promise<void> {
    await this.#accounts.requestReset(form.get("email") ?? "");
    sendPage(response, 200, this.#pages.message("Look into your mail", CHECK_MAIL));
  }

  async #verify(form: Form, _token: string, response: ServerResponse): Promise<void> {
    const isVerified = await this.#accounts.verifyEmail(form.get("verify") ?? "");
    const page = isVerified
      ? this.#pages.message("Your address is confirmed", "You can sign in now.")
      : this.#pages.message("That did not work", NO_LONGER_VALID);
    sendPage(response, isVerified ? 200 : 400, page);
  }

  async #reset(form: Form, token: string, response: ServerResponse): Promise<void> {
    const link = form.get("reset") ?? "";
    const outcome = await this.#accounts.reset(link, form.get("password") ?? "");
    if (outcome === "done") {
      return sendPage(response, 200, this.#pages.message("Your password is set", "You can sign in with it now."));
    }
    if (outcome === "token") {
      return sendPage(response, 400, this.#pages.message("That did not work", NO_LONGER_VALID));
    }
    sendPage(response, 400, this.#pages.reset(link, { token, wrong: faultSentence(outcome) }));
  }
}
