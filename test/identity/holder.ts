// An account holder with second factors: signs in step by step, adds an app and passkeys on the account page.
import { randomInt } from "node:crypto";
import * as client from "openid-client";
import { expect } from "vitest";
import { totpCode, totpStep } from "../../src/identity/factors/totp.ts";
import { discover, signUp } from "./flows.ts";
import { type Page, Person } from "./person.ts";
import { PASSWORD, REDIRECT, type Serving } from "./serving.ts";
import type { Site } from "./site.ts";
import type { SoftwareAuthenticator } from "./software-authenticator.ts";

const APPLICATION = "https://app.example.com";

export interface Asked {
  readonly page: Page;
  readonly config: client.Configuration;
  readonly verifier: string;
}

export class Holder {
  readonly email: string;
  readonly serving: Serving | Site;
  /** Nobody is held up by what others do wrong. */
  readonly #address = `198.51.${randomInt(256)}.${randomInt(256)}`;
  person = new Person(APPLICATION);
  secret: Buffer = Buffer.alloc(0);
  recoveryCodes: readonly string[] = [];

  constructor(serving: Serving | Site, email: string) {
    this.serving = serving;
    this.email = email;
  }

  static async withAccount(serving: Serving | Site, email: string): Promise<Holder> {
    await signUp(serving, email);
    return new Holder(serving, email);
  }

  /** Another browser, which knows nothing. */
  inNewBrowser(): void {
    this.person = new Person(APPLICATION);
  }

  /** What an application begins with. */
  async ask(more: Readonly<Record<string, string>> = {}): Promise<Asked> {
    const config = await discover(this.serving, "spa");
    const verifier = client.randomPKCECodeVerifier();
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: REDIRECT,
      scope: "openid offline_access orders:read",
      prompt: "consent",
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      ...more,
    });
    return { page: await this.person.open(url.href), config, verifier };
  }

  typePassword(page: Page, password = PASSWORD): Promise<Page> {
    return this.person.submit(page, { email: this.email, password }, {}, "/sign-in");
  }

  typeCode(page: Page, code: string): Promise<Page> {
    return this.person.submit(page, { code }, {}, "/second-factor");
  }

  showPasskey(page: Page, response: string): Promise<Page> {
    return this.person.submit(page, { response }, { "x-forwarded-for": this.#address }, "/passkey");
  }

  /** Consents and redeems: the tokens. */
  async allow({ config, verifier }: Asked, consent: Page) {
    const back = await this.person.submit(consent, { answer: "allow" });
    return client.authorizationCodeGrant(config, new URL(back.url), { pkceCodeVerifier: verifier });
  }

  /** The account page, signing in by the password where that is asked for. */
  async openAccount(path = ""): Promise<Page> {
    const page = await this.person.open(`${this.serving.issuer}/account`);
    const shown = page.text.includes("Your account</h1>") ? page : await this.typePassword(page);
    return path === "" ? shown : this.person.open(`${this.serving.issuer}/account${path}`);
  }

  async addApp(): Promise<Page> {
    const page = await this.openAccount("/app");
    this.readSecret(page.text);
    const done = await this.person.submit(page, { code: this.code(), name: "Phone" });
    this.#keepCodes(done);
    return done;
  }

  /** As it is typed into the app. */
  readSecret(text: string): void {
    this.secret = fromBase32(/<p class="key"><code>([A-Z2-7 ]+)</.exec(text)?.[1] ?? "");
  }

  async addPasskey(authenticator: SoftwareAuthenticator): Promise<Page> {
    const page = await this.openAccount("/passkey");
    const response = authenticator.create(optionsOf(page));
    const done = await this.person.submit(page, { response, name: "Key" });
    this.#keepCodes(done);
    return done;
  }

  /** Of now, or of steps from now. */
  code(steps = 0): string {
    return totpCode(this.secret, totpStep(this.serving.nowMs() / 1000) + steps);
  }

  async accountId(): Promise<string> {
    if (!("identity" in this.serving)) throw new Error("another process knows that");
    for await (const account of this.serving.identity.accountStore.all()) {
      if (account.email === this.email) return account.id;
    }
    throw new Error("no account");
  }

  #keepCodes({ text }: Page): void {
    const codes = [...text.matchAll(/<li><code>([A-Z2-7-]{19})<\/code><\/li>/g)].map(([, code = ""]) => code);
    if (codes.length > 0) this.recoveryCodes = codes;
  }
}

/** What the page gives to the browser's passkeys. */
export function optionsOf({ text }: Page): { challenge: string; rpId?: string; allowCredentials?: unknown[] } {
  const options = /data-options="([^"]+)"/.exec(text)?.[1];
  expect(options).toBeDefined();
  return JSON.parse((options as string).replaceAll("&quot;", '"').replaceAll("&amp;", "&")) as { challenge: string };
}

export function fromBase32(text: string): Buffer {
  const bits = Array.from(text.replaceAll(" ", ""))
    .map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
