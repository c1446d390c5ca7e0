// A client that goes on whatever happens to the server: registers, consents, redeems, refreshes, revokes; every answer is written down.
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { decodeJwt } from "jose";
import { askForTokens } from "./flows.ts";
import { Person } from "./person.ts";
import type { Recorder } from "./recorder.ts";
import { PASSWORD, REDIRECT } from "./serving.ts";
import type { Site } from "./site.ts";

const APPLICATION = "https://app.example.com";
/** Within the ten whole seconds in which a lost answer may be asked for again, on a machine that may be slow to answer. */
const FORGIVEN_MS = 9_000;
const ASK_AGAIN_MS = 8_000;
const REFRESHES = 3;
/** Of one browser, which signs in where it has no session yet. */
const USES = 3;
/** Where the server is there and its database is not. */
const ASIDE_MS = 50;
const MAIL_PATIENCE_MS = 1_000;

/** No answer, or one that says that the server is not well. */
class LostError extends Error {}

export class Worker {
  readonly #site: Site;
  readonly #recorder: Recorder;
  /** Resolves when a server is there again. */
  readonly #isUp: () => Promise<void>;
  #over = false;

  constructor(site: Site, recorder: Recorder, isUp: () => Promise<void>) {
    this.#site = site;
    this.#recorder = recorder;
    this.#isUp = isUp;
  }

  stop(): void {
    this.#over = true;
  }

  /** Until it is stopped. */
  async work(): Promise<void> {
    for (let count = 0; !this.#over; count += 1) {
      const email = await this.#survive(() => this.#join());
      if (email === undefined) continue;
      const browser = new Person(APPLICATION);
      for (let i = 0; i < USES && !this.#over; i += 1) await this.#survive(() => this.#useOnce(browser, email));
      if (count % 2 === 0) await this.#survive(() => this.#giveUp(browser));
    }
  }

  /** Undefined where an answer was lost: then a server is there again. */
  async #survive<T>(step: () => Promise<T>): Promise<T | undefined> {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof LostError)) throw error;
      this.#recorder.lost += 1;
      await this.#isUp();
      await wait(ASIDE_MS);
      return undefined;
    }
  }

  /** The address of a new account, whose mail arrived. */
  async #join(): Promise<string | undefined> {
    const { issuer, mailbox } = this.#site;
    const email = `${randomUUID()}@example.com`;
    const person = new Person(APPLICATION);
    await this.#page(person.submit(await this.#page(person.open(`${issuer}/register`)), { email, password: PASSWORD }));
    this.#recorder.registered.push(email);
    // Mail is not acknowledged to anybody: it may be lost with the server.
    const link = await mailbox.link(email, "verify", MAIL_PATIENCE_MS).catch(() => undefined);
    if (link === undefined) return undefined;
    await this.#page(person.submit(await this.#page(person.open(link)), {}));
    this.#recorder.confirmed.push(email);
    return email;
  }

  /** One sign-in at an application, until the application gives up what it was given. */
  async #useOnce(browser: Person, email: string): Promise<void> {
    const recorder = this.#recorder;
    const verifier = randomBytes(32).toString("base64url");
    const first = await this.#page(browser.open(this.#authorization(verifier, { prompt: "consent" })));
    const isFirst = first.text.includes('type="password"');
    const consent = isFirst
      ? await this.#page(browser.submit(first, { email, password: PASSWORD }, {}, "/sign-in"))
      : first;
    // The session gets another identifier by it: without the answer the browser does not know it.
    recorder.consented.delete(browser);
    const back = new URL((await this.#page(browser.submit(consent, { answer: "allow" }))).url);
    recorder.consented.set(browser, this.#authorization(verifier, { prompt: "none" }));
    const code = back.searchParams.get("code") ?? "";
    const form = { grant_type: "authorization_code", code, code_verifier: verifier, redirect_uri: REDIRECT };
    let tokens = await this.#tokens(form);
    recorder.usedCodes.push({ code, verifier });
    recorder.live.set(tokens.refresh, { browser, grant: grantOf(tokens.access) });
    for (let i = 0; i < REFRESHES; i += 1) {
      const before = tokens.refresh;
      recorder.live.delete(before);
      tokens = await this.#refresh(before);
      recorder.used.push({ token: before, successor: tokens.refresh });
      recorder.live.set(tokens.refresh, { browser, grant: grantOf(tokens.access) });
    }
    await this.#revoke(tokens.access);
    recorder.revokedAccess.push(tokens.access);
  }

  /** With one refresh token goes all that was given for the same consent: a browser that signed in anew has several. */
  async #giveUp(browser: Person): Promise<void> {
    for (const tokens of this.#recorder.forget(browser)) {
      await this.#revoke(tokens[0]);
      this.#recorder.revoked.push(...tokens);
    }
  }

  #authorization(verifier: string, more: Readonly<Record<string, string>>): string {
    const query = new URLSearchParams({
      client_id: "spa",
      response_type: "code",
      redirect_uri: REDIRECT,
      scope: "openid offline_access orders:read",
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
      ...more,
    });
    return `${this.#site.issuer}/auth?${query.toString()}`;
  }

  /** An honest client asks once more where no answer came: nobody is signed out by that. */
  async #refresh(refresh_token: string): Promise<{ access: string; refresh: string }> {
    const form = { grant_type: "refresh_token", refresh_token };
    const startedMs = performance.now();
    try {
      return await this.#tokens(form);
    } catch (error) {
      if (!(error instanceof LostError)) throw error;
      await this.#isUp();
      if (performance.now() - startedMs > ASK_AGAIN_MS) throw error;
      this.#recorder.askedAgain += 1;
      return this.#tokens(form, () => performance.now() - startedMs < FORGIVEN_MS);
    }
  }

  /** `isDue`: whether the server still has to give them, now that it has answered. */
  async #tokens(
    form: Readonly<Record<string, string>>,
    isDue: () => boolean = () => true,
  ): Promise<{ access: string; refresh: string }> {
    const answer = await askForTokens(this.#site, { client_id: "spa", ...form }).catch(lost);
    if (answer.status >= 500) throw new LostError();
    this.#recorder.answered();
    if (answer.status !== 200) {
      // The first redemption of a code that was acknowledged, or the newest refresh token.
      if (isDue()) this.#recorder.wronglyRefused.push(`${form["grant_type"] ?? ""}: ${JSON.stringify(answer.body)}`);
      throw new LostError();
    }
    return { access: String(answer.body["access_token"]), refresh: String(answer.body["refresh_token"]) };
  }

  async #revoke(token: string): Promise<void> {
    const body = new URLSearchParams({ client_id: "spa", token });
    const answer = await fetch(`${this.#site.issuer}/token/revocation`, { method: "POST", body }).catch(lost);
    await answer.text().catch(lost);
    if (answer.status !== 200) throw new LostError();
    this.#recorder.answered();
  }

  /** A page that is as it should be, or the way back to the application. */
  async #page(asked: ReturnType<Person["open"]>): ReturnType<Person["open"]> {
    const page = await asked.catch(lost);
    if (page.status !== 200 && page.status !== 0) throw new LostError(`status ${page.status}`);
    this.#recorder.answered();
    return page;
  }
}

/** Tokens of one grant have one `sid`: nobody outside of the server knows more of it. */
function grantOf(access: string): string {
  return String(decodeJwt(access)["sid"]);
}

function lost(error: unknown): never {
  throw new LostError((error as Error).message);
}
