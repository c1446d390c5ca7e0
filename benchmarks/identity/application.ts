// What people and programs do at the authorization server, over and over: each step checked, each counted.
import { createHash, randomBytes, randomInt, randomUUID } from "node:crypto";
import { type Page, Person } from "../../test/identity/person.ts";
import { type Protected, REDIRECT } from "./protected.ts";

const APPLICATION = "https://app.example.com";
const CLIENT = "spa";
export const PASSWORD = "correct horse battery";

export interface Tokens {
  readonly access: string;
  readonly refresh: string;
}

/** Of some thousand: the gate counts for each. */
function someAddress(): Record<string, string> {
  return { "x-forwarded-for": `10.0.${randomInt(16)}.${randomInt(1, 255)}` };
}

function shownBy({ status, text }: Page): string {
  return `${status} ${/<title>([^<]*)/.exec(text)?.[1] ?? ""}`;
}

/** Without what is of one page or answer only. */
function kindOf({ message, cause }: Error): string {
  const [line = ""] = message.split("\n");
  const what = line.replace(/http\S+/, "a page");
  return cause instanceof Error ? `${what} (${cause.message.replace(/[\d.]+:\d+/, "a socket")})` : what;
}

export class Application {
  readonly #site: Protected;
  /** How often each step was done. */
  readonly counts = new Map<string, number>();
  /** How often each went wrong, by what was seen of it. */
  readonly failures = new Map<string, number>();

  constructor(site: Protected) {
    this.#site = site;
  }

  /** Counts it, and what went wrong by its kind. Undefined then. */
  async attempt<T>(what: string, step: () => Promise<T>): Promise<T | undefined> {
    try {
      const result = await step();
      this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
      return result;
    } catch (error) {
      const kind = `${what}: ${kindOf(error as Error)}`;
      this.failures.set(kind, (this.failures.get(kind) ?? 0) + 1);
      return undefined;
    }
  }

  newPerson(): Person {
    return new Person(APPLICATION, someAddress());
  }

  /** The address, which can sign in then. */
  async register(email: string): Promise<string> {
    const person = this.newPerson();
    const { issuer, mailbox } = this.#site;
    const done = await person.submit(await person.open(`${issuer}/register`), { email, password: PASSWORD });
    if (done.status !== 200) throw new Error(`status ${done.status}`);
    const page = await person.open(await mailbox.link(email, "verify"));
    const confirmed = await person.submit(page, {});
    if (confirmed.status !== 200) throw new Error(`status ${confirmed.status}`);
    return email;
  }

  /** By mail: signs out everywhere. */
  async reset(email: string, password: string): Promise<string> {
    const person = this.newPerson();
    const { issuer, mailbox } = this.#site;
    await person.submit(await person.open(`${issuer}/forgotten`), { email });
    const done = await person.submit(await person.open(await mailbox.link(email, "reset")), { password });
    if (done.status !== 200) throw new Error(`status ${done.status}`);
    return email;
  }

  /** The page that asks for a password. */
  openSignIn(person: Person, verifier = randomBytes(32).toString("base64url")) {
    const query = new URLSearchParams({
      client_id: CLIENT,
      response_type: "code",
      redirect_uri: REDIRECT,
      scope: "openid offline_access orders:read",
      prompt: "consent",
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
    });
    return person.open(`${this.#site.issuer}/auth?${query.toString()}`);
  }

  async signIn(person: Person, email: string, password = PASSWORD): Promise<Tokens> {
    const verifier = randomBytes(32).toString("base64url");
    const page = await this.openSignIn(person, verifier);
    const consent = await person.submit(page, { email, password }, {}, "/sign-in");
    if (!consent.text.includes("asks for access")) throw new Error(`no consent: ${shownBy(consent)}`);
    const back = new URL((await person.submit(consent, { answer: "allow" })).url);
    return this.#tokens({
      grant_type: "authorization_code",
      code: back.searchParams.get("code") ?? "",
      redirect_uri: REDIRECT,
      code_verifier: verifier,
    });
  }

  /** The status of what an attacker sees. */
  async guess(email: string): Promise<number> {
    const person = this.newPerson();
    const page = await this.openSignIn(person);
    return (await person.submit(page, { email, password: "wrong horse battery" }, {}, "/sign-in")).status;
  }

  refresh({ refresh }: Tokens): Promise<Tokens> {
    return this.#tokens({ grant_type: "refresh_token", refresh_token: refresh });
  }

  async revoke({ refresh }: Tokens): Promise<void> {
    const answer = await this.#post("token/revocation", { client_id: CLIENT, token: refresh });
    if (answer.status !== 200) throw new Error(`status ${answer.status}`);
  }

  async callApi({ access }: Tokens): Promise<void> {
    const fields = { ...someAddress(), authorization: `Bearer ${access}` };
    const answer = await fetch(`${this.#site.base}/orders`, { headers: fields });
    await answer.arrayBuffer();
    // A budget that is used up is no failure.
    if (![200, 429].includes(answer.status)) throw new Error(`status ${answer.status}`);
  }

  async clientCredentials(secret: string): Promise<void> {
    await this.machineToken(secret);
  }

  /** Only so far that the server has hashed a password. */
  async startRegistration(): Promise<void> {
    const answer = await fetch(`${this.#site.issuer}/api/register`, {
      method: "POST",
      headers: { "content-type": "application/json", ...someAddress() },
      body: JSON.stringify({ email: `${randomUUID()}@example.com`, password: PASSWORD }),
    });
    await answer.arrayBuffer();
    if (answer.status !== 202) throw new Error(`status ${answer.status}`);
  }

  async machineToken(secret: string): Promise<string> {
    const authorization = `Basic ${Buffer.from(`job:${secret}`).toString("base64")}`;
    const answer = await this.#post(
      "token",
      { grant_type: "client_credentials", scope: "orders:read" },
      { authorization },
    );
    if (answer.status !== 200) throw new Error(`status ${answer.status}`);
    return (JSON.parse(answer.text) as { access_token: string }).access_token;
  }

  async #tokens(form: Readonly<Record<string, string>>): Promise<Tokens> {
    const { status, text } = await this.#post("token", { client_id: CLIENT, ...form });
    if (status !== 200) throw new Error(`status ${status}: ${text}`);
    const { access_token: access, refresh_token: refresh } = JSON.parse(text) as Record<string, string>;
    return { access: access ?? "", refresh: refresh ?? "" };
  }

  async #post(to: string, form: Readonly<Record<string, string>>, fields: Readonly<Record<string, string>> = {}) {
    const answer = await fetch(`${this.#site.issuer}/${to}`, {
      method: "POST",
      headers: { ...someAddress(), ...fields },
      body: new URLSearchParams(form),
    });
    return { status: answer.status, text: await answer.text() };
  }
}
