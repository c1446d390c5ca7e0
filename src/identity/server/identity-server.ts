// The authorization server as a whole: pages and protocol core behind one HTTP server that believes no forwarding field.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Provider } from "oidc-provider";
import { BreachCheckError } from "../accounts/breached-passwords.ts";
import { HashingBusyError } from "../accounts/password-hash.ts";
import { isSecretOf } from "../clients/client-store.ts";
import type { AdministrationApi } from "../administration/api/administration-api.ts";
import { ADMINISTRATION_PATH } from "../roles/administration-scopes.ts";
import type { SigningKeys } from "../keys/signing-keys.ts";
import { secretHashesOf } from "../provider/client-metadata.ts";
import type { Logo } from "../pages/appearance.ts";
import type { Style } from "../pages/style.ts";
import { type ProviderParts, providerConfiguration } from "../provider/provider-configuration.ts";
import { letFormsLeadOn } from "../provider/forms-of-core.ts";
import { offerResponseModes } from "../provider/response-modes.ts";
import { signedTokenReader } from "../provider/signed-token.ts";
import { introspectSignedTokens } from "../provider/token-introspection.ts";
import { revokeSignedTokens } from "../provider/token-revocation.ts";
import { ENDED_SESSIONS_PATH, type EndedSessions } from "../revocation/ended-sessions.ts";
import { FEED_PATH, type RevocationFeed } from "../revocation/feed.ts";
import { type AccountPages, REGISTRATION_BY_JSON } from "./account-pages.ts";
import type { BootstrapPages } from "./bootstrap-pages.ts";
import { noteClientAddress } from "./client-address.ts";
import type { Interaction } from "./interaction.ts";
import type { OwnAccount } from "./own-account.ts";
import { LOGO_PATH, sendLogo } from "./logo.ts";
import { tellRefusals } from "./told-refusals.ts";
import { noteStyle, sendJson, sendPage, setPageFields } from "./send.ts";
import { RETRY_AFTER_SECONDS, StoreAwayError } from "../../stores/store-away.ts";
import { UnstorableTextError } from "../../stores/unstorable-text.ts";

export interface IdentityServerParts {
  readonly provider: Omit<ProviderParts, "keys">;
  readonly keys: SigningKeys;
  /** Undefined where it is not served. */
  readonly administration: AdministrationApi | undefined;
  readonly interaction: Interaction;
  readonly accountPages: AccountPages;
  readonly bootstrap: BootstrapPages;
  readonly ownAccount: OwnAccount;
  readonly style: Style;
  readonly logo: Logo | undefined;
  readonly feed: RevocationFeed;
  readonly endedSessions: EndedSessions;
  /** Hears of bugs and outages, with what it was about. */
  readonly failed: (what: string, error: unknown) => void;
}

/** Longer than a gate keeps an idle connection: what is closed on this side may be in use again on the other. */
const KEEP_ALIVE_MS = 75_000;

type CoreHandler = ReturnType<Provider["callback"]>;

const INTERACTION = /^\/interaction\/([\w-]{20,64})(\/sign-in|\/consent|\/second-factor|\/passkey)?$/;
/** What is signed, verified or told by keys: by those of this moment, also where no gate asks this server for news. */
const BY_KEYS = new RegExp(`^(?:/jwks|/token|${ADMINISTRATION_PATH})(?:/|$)`);

export class IdentityServer {
  readonly #parts: IdentityServerParts;
  readonly #issuer: URL;
  readonly #mountPath: string;
  #provider: Provider | undefined;
  #core: CoreHandler | undefined;
  #kids = "";
  /** Of the keys in the database that were taken up last. */
  #mark = "";
  #renewal: Promise<void> = Promise.resolve();

  constructor(parts: IdentityServerParts) {
    this.#parts = parts;
    this.#issuer = new URL(parts.provider.settings.issuer);
    this.#mountPath = this.#issuer.pathname.replace(/\/$/, "");
  }

  /** Loads the signing keys, and takes up those that are due: to be called now and then. */
  renewKeys(): Promise<void> {
    // One after the other: a slow one must not bring back keys that a later one found replaced.
    this.#renewal = this.#renewal.catch(() => undefined).then(() => this.#renew());
    return this.#renewal;
  }

  /**
   * Takes up keys that another process replaced, and says which ones it has. Keys that cannot be taken up hold nothing else
   * back: it is told, and tried again.
   */
  async followKeys(): Promise<string> {
    const mark = await this.#parts.keys.mark();
    if (mark === this.#mark) return mark;
    try {
      await this.renewKeys();
      this.#mark = mark;
    } catch (error) {
      this.#parts.failed("keys", error);
    }
    return this.#mark;
  }

  async #renew(): Promise<void> {
    const keys = await this.#parts.keys.current();
    const kids = keys.map(({ kid }) => kid).join(" ");
    if (kids === this.#kids) return;
    const provider = new Provider(
      this.#issuer.href.replace(/\/$/, ""),
      providerConfiguration({ ...this.#parts.provider, keys }),
    );
    provider.proxy = true;
    provider.Client.prototype.compareClientSecret = function compare(secret: string): boolean {
      return isSecretOf({ secretHashes: secretHashesOf(this.clientSecret) }, secret);
    };
    offerResponseModes(provider);
    letFormsLeadOn(provider);
    tellRefusals(provider);
    const read = signedTokenReader(keys);
    const { revocations, artifacts } = this.#parts.provider;
    revokeSignedTokens(provider, read, revocations);
    introspectSignedTokens(provider, read, revocations, () => artifacts.nowSeconds());
    this.#parts.administration?.callers.use(read);
    provider.use(async (ctx, next) => {
      await next();
      if (ctx.status === 503) ctx.set("Retry-After", String(RETRY_AFTER_SECONDS));
    });
    provider.on("server_error", (_ctx, error) => this.#parts.failed("protocol", error));
    this.#kids = kids;
    this.#provider = provider;
    this.#core = provider.callback();
  }

  /** Not listening yet. */
  createServer(): Server {
    return createServer(
      { maxHeaderSize: 16_384, requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: KEEP_ALIVE_MS },
      (request, response) => {
        this.#handle(request, response).catch((error: unknown) => this.#answerFault(request, response, error));
      },
    );
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = request.url ?? "/";
    if (target.startsWith(FEED_PATH)) return this.#parts.feed.answer(request, response);
    if (target === ENDED_SESSIONS_PATH) return this.#parts.endedSessions.answer(request, response);
    if (this.#isRegistrationByJson(request, this.#parts.provider.settings.registrationPath)) {
      return this.#parts.accountPages.registerByJson(request, response);
    }
    const path = (target.split("?")[0] as string).slice(this.#mountPath.length);
    if (target === `/.well-known/oauth-authorization-server${this.#mountPath}`) {
      // RFC 8414 3: the issuer's path stands behind the well-known part.
      return this.#handle(
        Object.assign(request, { url: `${this.#mountPath}/.well-known/openid-configuration` }),
        response,
      );
    }
    if (!target.startsWith(`${this.#mountPath}/`)) return sendJson(response, 404, { title: "There is nothing here." });
    this.#setAfresh(request, target);
    const { logo, style } = this.#parts;
    if (logo !== undefined && path === LOGO_PATH && request.method === "GET") return sendLogo(response, logo);
    noteStyle(response, style);
    // While the database is away, the keys that it had serve on.
    if (BY_KEYS.test(path)) await this.followKeys().catch(() => undefined);
    const { administration } = this.#parts;
    if (administration !== undefined && path.startsWith(`${ADMINISTRATION_PATH}/`)) {
      return administration.answer(request, response, path.slice(ADMINISTRATION_PATH.length));
    }
    if (await this.#parts.bootstrap.answer(path, request, response)) return undefined;
    const own = this.#parts.accountPages.routes.get(`${request.method ?? ""} ${path}`);
    if (own !== undefined) return own(request, response);
    const provider = this.#provider as Provider;
    if (await this.#parts.ownAccount.answer(provider, path, request, response)) return undefined;
    const step = INTERACTION.exec(path);
    if (step !== null) return this.#step(step[2], request, response);
    setPageFields(response);
    return this.#core?.(request, response);
  }

  #step(what: string | undefined, request: IncomingMessage, response: ServerResponse): Promise<void> | void {
    const { interaction } = this.#parts;
    const provider = this.#provider as Provider;
    if (request.method === "GET" && what === undefined) return interaction.show(provider, request, response);
    if (request.method === "POST" && what === "/sign-in") return interaction.signIn(provider, request, response);
    if (request.method === "POST" && what === "/consent") return interaction.consent(provider, request, response);
    if (request.method === "POST" && what === "/second-factor") {
      return interaction.secondFactor("code", provider, request, response);
    }
    if (request.method === "POST" && what === "/passkey") {
      return interaction.secondFactor("passkey", provider, request, response);
    }
    return sendJson(response, 405, { title: "Not by this method." });
  }

  /** The core makes URLs from these: whoever asks has no say in them. */
  #setAfresh(request: IncomingMessage, target: string): void {
    const { headers } = request;
    noteClientAddress(request);
    for (const name of Object.keys(headers)) if (name.startsWith("x-forwarded-")) delete headers[name];
    headers.host = this.#issuer.host;
    headers["x-forwarded-proto"] = this.#issuer.protocol.slice(0, -1);
    Object.assign(request, { originalUrl: target });
    // Asked as GET, and sent without its contents (RFC 9110 9.3.2): whoever looks at a link before it is shown, as mail programs do, finds it.
    if (request.method === "HEAD") request.method = "GET";
    request.url = target.slice(this.#mountPath.length);
  }

  #answerFault(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const { pages, settings } = this.#parts.provider;
    const byJson = [settings.registrationPath, REGISTRATION_BY_JSON].some((path) =>
      this.#isRegistrationByJson(request, path),
    );
    if (error instanceof StoreAwayError) return this.#answerOutage(byJson, request, response);
    if (error instanceof UnstorableTextError) {
      const { message, error_description: detail } = error;
      if (byJson) return sendJson(response, 400, { title: "The request is not valid.", status: 400 });
      return sendPage(response, 400, pages.error(message, `${detail}.`));
    }
    if (error instanceof BreachCheckError) {
      response.setHeader("Retry-After", "60");
      return sendPage(response, 503, pages.error("unchecked", "The password cannot be checked now. Please try again."));
    }
    if (error instanceof HashingBusyError) {
      response.setHeader("Retry-After", "5");
      return sendPage(response, 503, pages.error("busy", "Too many people sign in at the moment. Please try again."));
    }
    if ((error as { error?: unknown }).error === "invalid_request" && (error as Error).name === "SessionNotFound") {
      return sendPage(response, 400, pages.error("expired", "Go back to the application and begin again."));
    }
    this.#parts.failed("request", error);
    const title = "This is our fault. Please try again later.";
    if (byJson) return sendJson(response, 500, { title, status: 500 });
    sendPage(response, 500, pages.error("server_error", title));
  }

  /** Programs read the answer, whatever fails. */
  #isRegistrationByJson({ method, url = "" }: IncomingMessage, path: string | undefined): boolean {
    return method === "POST" && path !== undefined && url.split("?")[0] === path;
  }

  /** The database is away: it is told where it begins (src/stores). */
  #answerOutage(byJson: boolean, { headers }: IncomingMessage, response: ServerResponse): void {
    const title = "This cannot be done at the moment. Please try again.";
    response.setHeader("Retry-After", String(RETRY_AFTER_SECONDS));
    if (byJson || headers.accept?.includes("text/html") !== true)
      return sendJson(response, 503, { title, status: 503 });
    sendPage(response, 503, this.#parts.provider.pages.error("temporarily_unavailable", title));
  }
}
