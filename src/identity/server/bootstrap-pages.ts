// The one-time link of the first administrator, as pages.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Bootstrap } from "../administration/bootstrap.ts";
import { administratorMadePage, bootstrapPage } from "../pages/bootstrap.ts";
import type { Pages } from "../pages/pages.ts";
import { readForm } from "./form.ts";
import type { FormTokens } from "./form-token.ts";
import { faultSentence } from "./password-words.ts";
import { sendPage } from "./send.ts";

const PURPOSE = "bootstrap";
const FAILED = "That did not work";
const NO_LONGER_VALID =
  "The link was used, has ended, or is not whole. `portcullis identity bootstrap` prints another.";
const KNOWN = "This address has an account. `portcullis identity user grant` makes its holder an administrator.";

export class BootstrapPages {
  readonly #bootstrap: Bootstrap;
  readonly #pages: Pages;
  readonly #tokens: FormTokens;

  constructor(bootstrap: Bootstrap, pages: Pages, tokens: FormTokens) {
    this.#bootstrap = bootstrap;
    this.#pages = pages;
    this.#tokens = tokens;
  }

  /** False for another path or method. */
  async answer(path: string, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    if (path !== "/bootstrap") return false;
    if (request.method === "GET") await this.#show(request, response);
    else if (request.method === "POST") await this.#take(request, response);
    else return false;
    return true;
  }

  async #show(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const link = new URL(request.url ?? "/", "http://localhost").searchParams.get("token") ?? "";
    if (!(await this.#bootstrap.isGood(link))) return this.#failed(response, 400, NO_LONGER_VALID);
    const token = this.#tokens.issue(request, response, PURPOSE);
    sendPage(response, 200, bootstrapPage(this.#pages.settings, link, { token }));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = await readForm(request);
    if (form === undefined || !this.#tokens.isGenuine(request, form.get("token"), PURPOSE)) {
      return this.#failed(response, 403, "The form was not sent from its own page. Open it again.");
    }
    const [link, email] = [form.get("bootstrap") ?? "", form.get("email") ?? ""];
    const outcome = await this.#bootstrap.redeem(link, email, form.get("password") ?? "");
    if (outcome === "done") return sendPage(response, 200, administratorMadePage(this.#pages.settings));
    if (outcome === "link") return this.#failed(response, 400, NO_LONGER_VALID);
    const wrong = outcome === "known" ? KNOWN : faultSentence(outcome);
    const token = this.#tokens.issue(request, response, PURPOSE);
    sendPage(response, 400, bootstrapPage(this.#pages.settings, link, { token, email, wrong }));
  }

  #failed(response: ServerResponse, status: number, text: string): void {
    sendPage(response, status, this.#pages.message(FAILED, text));
  }
}
