// Signs somebody in on the pages of the built-in authorization server, as their browser would: code and PKCE (RFC 7636).
import { createHash, randomBytes } from "node:crypto";
import { CannotTest } from "../cannot-test.ts";
import type { SignIn } from "../test-file/sign-in-schema.ts";
import { type Answered, type Ask, type Asked, form, objectOf } from "./asking.ts";
import { bearerCredential, type Credential } from "./credential.ts";

type AuthorizationCode = Extract<SignIn, { authorizationCode: unknown }>["authorizationCode"];

const REDIRECTS_MAX = 10;

export async function byAuthorizationCode(whose: string, how: AuthorizationCode, ask: Ask): Promise<Credential> {
  const { issuer, clientId, redirectUri, scope, resource, email, password } = how;
  const { authorization, token } = await endpointsOf(whose, issuer, ask);
  const verifier = randomBytes(32).toString("base64url");
  const state = randomBytes(16).toString("base64url");
  const asked = new URLSearchParams({
    client_id: clientId,
    response_type: "code",
    redirect_uri: redirectUri,
    scope,
    state,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    ...(resource === undefined ? {} : { resource }),
  });
  const visit = new Visit(whose, { ask, issuer, redirectUri });
  let page = await visit.open(`${authorization}?${asked.toString()}`);
  page = await visit.submit(page, "/sign-in", { email, password });
  // Whoever allowed it before is not asked again.
  if (page.text !== "") page = await visit.submit(page, "/consent", { answer: "allow" });
  const given = new URL(page.url).searchParams;
  const code = given.get("code");
  if (code === null || given.get("state") !== state) {
    throw new CannotTest(`${whose} came back without a code: ${given.get("error") ?? "no error was named"}`);
  }
  const grant = {
    grant_type: "authorization_code",
    client_id: clientId,
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
    resource,
  };
  return bearerCredential(await ask(token, form(grant)), whose);
}

async function endpointsOf(whose: string, issuer: string, ask: Ask): Promise<{ authorization: string; token: string }> {
  const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const metadata = objectOf((await ask(url)).text);
  const { authorization_endpoint: authorization, token_endpoint: token } = metadata ?? {};
  if (metadata?.["issuer"] !== issuer || typeof authorization !== "string" || typeof token !== "string") {
    throw new CannotTest(`${whose} cannot sign in: there is no authorization server ${issuer} at ${url}`);
  }
  return { authorization, token };
}

interface Page {
  readonly url: string;
  /** Empty where the browser came back to the client. */
  readonly text: string;
}

interface VisitOptions {
  readonly ask: Ask;
  readonly issuer: string;
  readonly redirectUri: string;
}

/** A browser that knows forms, cookies and redirects of one origin. */
class Visit {
  readonly #whose: string;
  readonly #options: VisitOptions;
  readonly #origin: string;
  readonly #cookies = new Map<string, string>();

  constructor(whose: string, options: VisitOptions) {
    this.#whose = whose;
    this.#options = options;
    this.#origin = new URL(options.issuer).origin;
  }

  open(url: string): Promise<Page> {
    return this.#follow(url, {});
  }

  /** With what the form holds already. */
  submit({ text, url }: Page, to: string, typed: Readonly<Record<string, string>>): Promise<Page> {
    const forms = text.matchAll(/<form method="post" action="([^"]+)"[^>]*>([^]*?)<\/form>/g);
    const [, action, content = ""] = [...forms].find(([, at]) => at?.endsWith(to)) ?? [];
    if (action === undefined) {
      throw new CannotTest(`${this.#whose} could not sign in: ${whatItSays(text, to)}`);
    }
    const hidden = content.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g);
    const held = Object.fromEntries([...hidden].map(([, name = "", value = ""]) => [name, value]));
    const sent = form({ ...held, ...typed });
    return this.#follow(new URL(action, url).href, { ...sent, headers: { ...sent.headers, origin: this.#origin } });
  }

  async #follow(first: string, sent: Asked): Promise<Page> {
    let url = first;
    for (let i = 0; i < REDIRECTS_MAX; i += 1) {
      if (url.startsWith(this.#options.redirectUri)) return { url, text: "" };
      if (new URL(url).origin !== this.#origin)
        throw new CannotTest(`${this.#whose} was led to ${new URL(url).origin}`);
      // oxlint-disable-next-line no-await-in-loop -- each says where the next one is
      const answer = await this.#send(url, i === 0 ? sent : {});
      const { location } = answer.headers;
      if (typeof location !== "string") return { url, text: answer.text };
      url = new URL(location, url).href;
    }
    throw new CannotTest(`${this.#whose} was led around in circles`);
  }

  async #send(url: string, sent: Asked): Promise<Answered> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await this.#options.ask(url, {
      ...sent,
      headers: { ...sent.headers, ...(cookie === "" ? {} : { cookie }) },
    });
    for (const line of [answer.headers["set-cookie"] ?? []].flat()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "") this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return answer;
  }
}

/** What a page complains of (a password that is not right, an address that was not confirmed), else what it is. */
function whatItSays(text: string, to: string): string {
  const complaint = /role="alert"[^>]*>([^]*?)<\/p>/
    .exec(text)?.[1]
    ?.replaceAll(/<[^>]*>/g, "")
    .trim();
  if (complaint) return `the page says "${complaint}"`;
  const title = /<h1[^>]*>([^<]*)/.exec(text)?.[1]?.trim() ?? "something else";
  return `the page says "${title}" where ${to} was expected`;
}
