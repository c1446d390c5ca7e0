// Signs people in as their browser would: forms and cookies, Authorization Code with PKCE; for tokens to try things out with.
import { createHash, randomBytes } from "node:crypto";

export interface SignIn {
  /** Where the authorization server listens itself. */
  readonly origin: string;
  readonly issuer: string;
  /** Of the client `spa`. */
  readonly redirectUri: string;
  readonly password: string;
}

const REDIRECTS_MAX = 10;

/** An access token of somebody who allows what the page asks for. */
export async function accessToken(email: string, scope: string, signIn: SignIn): Promise<string> {
  const { issuer, redirectUri, password } = signIn;
  const verifier = randomBytes(32).toString("base64url");
  const asked = new URLSearchParams({
    client_id: "spa",
    response_type: "code",
    redirect_uri: redirectUri,
    scope,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
  });
  const browser = new Browser(signIn);
  const form = await browser.open(`${issuer}/auth?${asked.toString()}`);
  const consent = await browser.submit(form, "/sign-in", { email, password });
  const { url } = await browser.submit(consent, "/consent", { answer: "allow" });
  const grant = {
    grant_type: "authorization_code",
    client_id: "spa",
    code: new URL(url).searchParams.get("code") ?? "",
    redirect_uri: redirectUri,
    code_verifier: verifier,
  };
  const answer = await browser.send(`${issuer}/token`, { method: "POST", body: new URLSearchParams(grant) });
  const given = (await answer.json()) as { access_token?: string; error?: string };
  if (given.access_token === undefined) throw new Error(`${email} got no token: ${given.error ?? answer.status}`);
  return given.access_token;
}

interface Page {
  readonly url: string;
  readonly text: string;
}

class Browser {
  readonly #signIn: SignIn;
  readonly #cookies = new Map<string, string>();

  constructor(signIn: SignIn) {
    this.#signIn = signIn;
  }

  open(url: string): Promise<Page> {
    return this.#follow(url, {});
  }

  /** With what the form holds already. */
  submit({ text, url }: Page, to: string, typed: Readonly<Record<string, string>>): Promise<Page> {
    const forms = text.matchAll(/<form method="post" action="([^"]+)"[^>]*>([^]*?)<\/form>/g);
    const [, action, content = ""] = [...forms].find(([, at]) => at?.endsWith(to)) ?? [];
    if (action === undefined) throw new Error(`there is no form for ${to} at ${url}`);
    const hidden = [...content.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
    const body = new URLSearchParams(Object.fromEntries(hidden.map(([, name = "", value = ""]) => [name, value])));
    for (const [name, value] of Object.entries(typed)) body.set(name, value);
    const { origin } = new URL(this.#signIn.issuer);
    return this.#follow(new URL(action, url).href, { method: "POST", body, headers: { origin } });
  }

  /** What goes to the issuer's public address goes to its listener: nobody else is to see it on the way. */
  async send(url: string, init: RequestInit): Promise<Response> {
    const { pathname, search } = new URL(url);
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { ...(init.headers as Record<string, string> | undefined), cookie };
    const answer = await fetch(`${this.#signIn.origin}${pathname}${search}`, { ...init, headers, redirect: "manual" });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "") this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return answer;
  }

  async #follow(first: string, init: RequestInit): Promise<Page> {
    let url = first;
    for (let i = 0; i < REDIRECTS_MAX; i += 1) {
      if (url.startsWith(this.#signIn.redirectUri)) return { url, text: "" };
      // oxlint-disable-next-line no-await-in-loop -- each says where the next one is
      const answer = await this.send(url, i === 0 ? init : {});
      const location = answer.headers.get("location");
      // oxlint-disable-next-line no-await-in-loop
      if (location === null) return { url, text: await answer.text() };
      url = new URL(location, url).href;
    }
    throw new Error(`${first} leads nowhere`);
  }
}
