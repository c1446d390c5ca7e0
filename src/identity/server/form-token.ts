// Proves that a form which changes something was made here, for the browser that sends it (CWE-352).
import { createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { cookieValues, readCookies } from "../../http/cookies.ts";
import { identityCookies } from "../cookie-names.ts";

const BROWSER_BYTES = 18;

export interface FormTokenOptions {
  readonly issuer: string;
  readonly key: Buffer;
}

export class FormTokens {
  readonly #origin: string;
  readonly #key: KeyObject;
  readonly #cookie: string;
  readonly #attributes: string;

  constructor({ issuer, key }: FormTokenOptions) {
    const isSecure = issuer.startsWith("https:");
    this.#origin = new URL(issuer).origin;
    this.#key = createSecretKey(key);
    this.#cookie = identityCookies(issuer).form;
    this.#attributes = `Path=/; HttpOnly; SameSite=Lax${isSecure ? "; Secure" : ""}`;
  }

  /** The token for a form of this browser, which is given a cookie where it has none. `purpose`: what the form is for. */
  issue(request: IncomingMessage, response: ServerResponse, purpose: string): string {
    let browser = this.#browserOf(request);
    if (browser === undefined) {
      browser = randomBytes(BROWSER_BYTES).toString("base64url");
      response.appendHeader("Set-Cookie", `${this.#cookie}=${browser}; ${this.#attributes}`);
    }
    return this.#tokenFor(browser, purpose);
  }

  /** Whether the form came from a page of ours (Fetch Metadata, else Origin) and with the token of this browser. */
  isGenuine(request: IncomingMessage, token: string | undefined, purpose: string): boolean {
    const browser = this.#browserOf(request);
    if (browser === undefined || token === undefined || !this.isFromHere(request)) return false;
    const expected = Buffer.from(this.#tokenFor(browser, purpose));
    const given = Buffer.from(token);
    return given.length === expected.length && timingSafeEqual(given, expected);
  }

  /** What stands for this browser where it is to be known again, as long as it keeps the cookie of its forms. */
  browserMark(request: IncomingMessage): string | undefined {
    const browser = this.#browserOf(request);
    return browser === undefined ? undefined : this.#tokenFor(browser, "this browser");
  }

  /** Whether it was sent by a page of ours, whatever its token is worth. */
  isFromHere({ headers }: IncomingMessage): boolean {
    const site = headers["sec-fetch-site"];
    if (site !== undefined && site !== "same-origin") return false;
    return headers.origin === undefined ? site === "same-origin" : headers.origin === this.#origin;
  }

  #browserOf({ headers }: IncomingMessage): string | undefined {
    // By the grammar: what a lenient reader trims, such as a no-break space, would make the name of another cookie this one.
    const values = cookieValues(readCookies(headers.cookie), this.#cookie);
    const [value] = values;
    return values.length === 1 && value !== undefined && /^[\w-]{24}$/.test(value) ? value : undefined;
  }

  #tokenFor(browser: string, purpose: string): string {
    return createHmac("sha256", this.#key).update(`${browser}\n${purpose}`).digest("base64url");
  }
}
