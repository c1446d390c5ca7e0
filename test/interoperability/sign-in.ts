// Signs a user in as a browser does: Authorization Code with PKCE (RFC 7636), by plain requests, cookies and forms.
import { createHash, randomBytes } from "node:crypto";

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
}

export interface SignIn {
  readonly authorizationUrl: string;
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly scope: string;
  /** More parameters of the authorization request. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** What is typed into the form that comes, where one does. */
  readonly form?: Readonly<Record<string, string>>;
}

/** Where the code is sent to. Nobody listens there: the redirect is read, not followed. */
export const REDIRECT_URL = "http://127.0.0.1:9/callback";
const STEPS_MAX = 12;

export async function signIn(options: SignIn): Promise<Tokens> {
  const verifier = randomBytes(32).toString("base64url");
  const state = randomBytes(16).toString("base64url");
  const query = new URLSearchParams({
    response_type: "code",
    client_id: options.clientId,
    redirect_uri: REDIRECT_URL,
    scope: options.scope,
    state,
    nonce: randomBytes(16).toString("base64url"),
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    ...options.parameters,
  });
  const callback = await browse(`${options.authorizationUrl}?${query.toString()}`, options.form);
  const code = callback.searchParams.get("code");
  if (code === null || callback.searchParams.get("state") !== state) throw new Error(`no code: ${callback.search}`);
  return post<Tokens>(options.tokenUrl, {
    grant_type: "authorization_code",
    code,
    client_id: options.clientId,
    redirect_uri: REDIRECT_URL,
    code_verifier: verifier,
  });
}

/** Follows redirects with cookies, sends the one form, and ends where the client would take over. */
async function browse(start: string, form: SignIn["form"]): Promise<URL> {
  const cookies = new Map<string, string>();
  let url = new URL(start);
  let body: URLSearchParams | undefined;
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const answer = await fetch(url, {
      redirect: "manual",
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") },
      ...(body !== undefined && { method: "POST", body }),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const text = await answer.text();
    const location = answer.headers.get("location");
    if (location !== null) {
      url = new URL(location, url);
      body = undefined;
      if (url.href.startsWith(REDIRECT_URL)) return url;
      continue;
    }
    const action = /<form[^>]*\saction="([^"]+)"/.exec(text)?.[1];
    if (action === undefined || form === undefined || body !== undefined) {
      throw new Error(`${url.pathname} answered ${answer.status} and no form that could be sent`);
    }
    url = new URL(action.replaceAll("&amp;", "&"), url);
    body = new URLSearchParams(form);
  }
  throw new Error("the sign-in goes round in circles");
}

/** A form, answered by JSON. Rejects with the error that the server names. */
export async function post<T>(url: string, form: Readonly<Record<string, string>>): Promise<T> {
  const answer = await fetch(url, { method: "POST", body: new URLSearchParams(form) });
  const value = (await answer.json()) as T & { readonly error?: string; readonly error_description?: string };
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${value.error}: ${value.error_description}`);
  return value;
}
