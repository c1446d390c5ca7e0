// What attacks are first shown against: an authorization server as it is written in an afternoon, which believes all that it is told.
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll } from "vitest";
import { NaiveAccounts } from "./naive-accounts.ts";
import { REDIRECT } from "./serving.ts";

type Texts = Readonly<Record<string, string>>;

/** For a file of tests: it is there once they run, and gone behind them. */
export function naiveServer(): () => NaiveServer {
  let naive: NaiveServer | undefined;
  beforeAll(async () => {
    naive = await NaiveServer.start();
  });
  afterAll(() => naive?.close());
  return () => naive as NaiveServer;
}

class NaiveServer {
  readonly issuer: string;
  readonly revoked = new Set<string>();
  readonly accounts = new NaiveAccounts();
  readonly #server: Server;
  readonly #scopes = new Map<string, string>();
  readonly #pushed = new Map<string, Texts>();
  #count = 0;

  private constructor(server: Server) {
    this.#server = server;
    this.issuer = `http://localhost:${(server.address() as AddressInfo).port}/identity`;
    server.on("request", (request, response) => void this.#answer(request, response));
  }

  static async start(): Promise<NaiveServer> {
    const server = createServer({ maxHeaderSize: 256 * 1024 }).listen(0, "127.0.0.1");
    await once(server, "listening");
    return new NaiveServer(server);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** Where it sends a browser that comes with this to the authorization endpoint. */
  async sends(url: string): Promise<string> {
    const asked = new URL(url);
    const answer = await fetch(`${this.issuer}/auth${asked.search}`, { redirect: "manual" });
    return answer.headers.get("location") ?? "";
  }

  /** What redeems a code that it gave. */
  async codeForm(asked: Texts = { scope: "openid orders:read" }): Promise<Record<string, string>> {
    const back = new URL(await this.sends(`http://x/?${new URLSearchParams(asked).toString()}`));
    return { grant_type: "authorization_code", code: back.searchParams.get("code") as string };
  }

  /** What exchanges a refresh token that it gave. */
  async refreshForm(): Promise<{ grant_type: string; refresh_token: string }> {
    const given = await this.post("/token", await this.codeForm());
    const { refresh_token } = (await given.json()) as { refresh_token: string };
    return { grant_type: "refresh_token", refresh_token };
  }

  post(path: string, form: Texts, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.issuer}${path}`, {
      method: "POST",
      body: new URLSearchParams(form),
      headers,
      redirect: "manual",
    });
  }

  /** Whether a form of another site does what it says, by the cookie that the browser sends with it. */
  async takesFromElsewhere(path: string): Promise<boolean> {
    const crossSite = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    return (await this.post(path, {}, { cookie: "sid=1", ...crossSite })).status === 200;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.issuer);
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const isJson = request.headers["content-type"]?.includes("json") === true;
    const body = isJson ? (JSON.parse(text) as Texts) : Object.fromEntries(new URLSearchParams(text));
    // The last of two counts, and where it stands does not matter.
    const given: Texts = { ...Object.fromEntries(url.searchParams), ...body };
    const path = url.pathname.replace("/identity", "");
    const send = (status: number, value: object | string, headers: Record<string, string> = {}) => {
      const isPage = typeof value === "string";
      response.writeHead(status, { "Content-Type": isPage ? "text/html" : "application/json", ...headers });
      response.end(isPage ? value : JSON.stringify(value));
    };
    if (path === "/auth") return send(302, "", { Location: await this.#back(given) });
    if (path === "/request") return send(201, { request_uri: this.#push(given) });
    if (path === "/interaction/1/allow") return send(302, "", { Location: await this.#back(given) });
    if (path === "/token") return this.#token(given, send);
    if (path === "/token/revocation") return send(200, this.#revoke(given["token"] ?? ""));
    if (path === "/token/introspection") return send(200, { active: true, sub: "ann" });
    if (path === "/reg") {
      // Its keys are wherever it says.
      if (given["jwks_uri"] !== undefined) await fetch(given["jwks_uri"]);
      return send(201, given);
    }
    if (path === "/sign-in" && request.method === "GET") return send(200, `<h1>Sign in to ${given["client"]}</h1>`);
    if (path === "/sign-in") {
      const sid = /sid=(\w+)/.exec(request.headers.cookie ?? "")?.[1] ?? this.#next();
      return send(307, "", { Location: "/identity/auth", "Set-Cookie": `sid=${sid}` });
    }
    return this.accounts.answer(path, given, request.headers, send);
  }

  async #back(given: Texts): Promise<string> {
    const { request_uri: uri } = given;
    if (uri !== undefined) {
      const found = this.#pushed.get(uri) ?? ((await (await fetch(uri)).json()) as Texts);
      return this.#back({ ...found, ...given, request_uri: undefined } as unknown as Texts);
    }
    const redirect = given["redirect_uri"] ?? REDIRECT;
    const state = given["state"] ?? "";
    const scope = given["scope"] ?? "";
    if (/token/.test(given["response_type"] ?? "")) return `${redirect}#access_token=${this.#access(scope)}`;
    const code = this.#next();
    this.#scopes.set(code, scope);
    return `${redirect}${redirect.includes("?") ? "&" : "?"}code=${code}&state=${encodeURIComponent(state)}`;
  }

  #push(given: Texts): string {
    const uri = `urn:${this.#next()}`;
    this.#pushed.set(uri, given);
    return uri;
  }

  #token(given: Texts, send: (status: number, value: object) => void): void {
    const { grant_type: grant, code, refresh_token: refresh, scope, client_id: id = "spa" } = given;
    if (grant === "client_credentials" && id === "nobody") return send(400, { error: "there is no such client" });
    if (grant === "client_credentials" && given["client_secret"] === "wrong")
      return send(401, { error: "wrong secret" });
    const isByToken = grant === "authorization_code" || grant === "refresh_token";
    const known = isByToken ? this.#scopes.get(code ?? refresh ?? "") : "";
    if (known === undefined) return send(400, { error: "invalid_grant" });
    const refresh_token = this.#next();
    this.#scopes.set(refresh_token, known);
    send(200, { access_token: this.#access(scope ?? known, given["resource"]), refresh_token, scope: scope ?? known });
  }

  #access(scope: string, aud = "https://api.example.com"): string {
    const parts = [{ alg: "HS256" }, { sub: "ann", jti: this.#next(), scope, aud }];
    const text = parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
    return `${text}.${createHmac("sha256", "secret").update(text).digest("base64url")}`;
  }

  /** Whoever asks, and whatever signed it. */
  #revoke(token: string): object {
    const claims = token.split(".")[1];
    const { jti } =
      claims === undefined
        ? { jti: token }
        : (JSON.parse(Buffer.from(claims, "base64url").toString()) as { jti: string });
    this.revoked.add(jti);
    this.#scopes.delete(token);
    return {};
  }

  #next(): string {
    return String((this.#count += 1));
  }
}
