// The second step of a sign-in, and stepping up within a session: both end with what was proven in `amr` and `acr`.
import type { IncomingMessage, ServerResponse } from "node:http";
import type Provider from "oidc-provider";
import type { Account, AccountStore } from "../accounts/account-store.ts";
import type { FactorStore } from "../factors/factor-store.ts";
import type { Passkeys } from "../factors/passkeys.ts";
import type { SecondFactors } from "../factors/second-factors.ts";
import { SCRIPT_SOURCE } from "../pages/passkey-form.ts";
import type { Pages } from "../pages/pages.ts";
import { noFactorPage, secondFactorPage, type SecondStep as StepView } from "../pages/second-factor.ts";
import { LEVELS, SECOND_FACTOR } from "../provider/interaction-policy.ts";
import type { SignInRecord } from "./sign-in-record.ts";
import type { Form } from "./form.ts";
import type { FormTokens } from "./form-token.ts";
import { clientName, type Details, waitSentence } from "./interaction-words.ts";
import type { KnownDevices } from "./known-devices.ts";
import type { PendingSignIns } from "./pending-sign-in.ts";
import { redirectOrigin, sendPage } from "./send.ts";

export interface SecondStepParts {
  readonly accountStore: AccountStore;
  readonly factors: FactorStore;
  readonly secondFactors: SecondFactors;
  readonly passkeys: Passkeys;
  readonly pending: PendingSignIns;
  readonly pages: Pages;
  readonly tokens: FormTokens;
  readonly devices: KnownDevices;
  readonly signIns: SignInRecord;
}

export interface Io {
  readonly provider: Provider;
  readonly details: Details;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Whose second step it is, and what is proven already. */
interface Standing {
  readonly account: Account;
  readonly methods: readonly string[];
}

const WRONG_CODE = "The code is not right, or it was used already.";
const WRONG_PASSKEY = "The passkey was not accepted.";

export class SecondStep {
  readonly #parts: SecondStepParts;

  constructor(parts: SecondStepParts) {
    this.#parts = parts;
  }

  /** Undefined where no second step is due: nobody has typed a password yet. */
  async standing({ details }: Io): Promise<Standing | undefined> {
    const isStep = details.prompt.name === SECOND_FACTOR;
    if (!isStep && details.prompt.name !== "login") return undefined;
    const id = isStep ? details.session?.accountId : await this.#parts.pending.accountOf(details.uid);
    const account = id === undefined ? undefined : await this.#parts.accountStore.byId(id);
    if (account?.status !== "active") return undefined;
    return { account, methods: (isStep ? details.session?.amr : undefined) ?? [LEVELS.password] };
  }

  /** After the right password. Whether there is a second step. */
  async begin({ details }: Io, account: Account): Promise<boolean> {
    if (!(await this.#parts.factors.has(account.id))) return false;
    await this.#parts.pending.put(details.uid, account);
    return true;
  }

  async show(io: Io, { account }: Standing, wrong?: string): Promise<void> {
    const { details, request, response } = io;
    const { pages, factors, tokens, passkeys } = this.#parts;
    const token = tokens.issue(request, response, details.uid);
    const kinds = new Set((await factors.list(account.id)).map(({ kind }) => kind));
    // Added in another tab meanwhile: then this session has shown it.
    if (await this.#hasSteppedUp(io)) return io.provider.interactionFinished(request, response, {});
    const options = kinds.has("passkey") ? await passkeys.authenticationOptions(token, account.id) : undefined;
    const view: StepView = {
      uid: details.uid,
      client: await clientName(io.provider, details),
      account: account.email,
      hasApp: kinds.has("totp"),
      hasPasskey: kinds.has("passkey"),
      passkeyOptions: options,
      mayStartOver: details.prompt.name === "login",
    };
    const page = kinds.size === 0 ? noFactorPage : secondFactorPage;
    const status = wrong === undefined ? 200 : response.hasHeader("Retry-After") ? 429 : 401;
    sendPage(response, status, page(pages.settings, view, { token, wrong }), {
      formTarget: redirectOrigin(details.params["redirect_uri"]),
      script: options === undefined ? undefined : SCRIPT_SOURCE,
    });
  }

  async code(io: Io, standing: Standing, form: Form): Promise<void> {
    const { request, response } = io;
    const { secondFactors, devices, factors } = this.#parts;
    const { account } = standing;
    if (!(await factors.has(account.id))) return this.#withoutFactor(io, standing, form);
    const device = devices.read(request)?.knownTo(account.email);
    const answer = await secondFactors.useCode(account.id, form.get("code") ?? "", device);
    if (answer === true) return this.#finish(io, standing, "otp");
    if (answer === false) {
      this.#parts.signIns.failed(request, "code", account.email);
      return this.show(io, standing, WRONG_CODE);
    }
    response.setHeader("Retry-After", String(answer));
    return this.show(io, standing, waitSentence(answer));
  }

  /** As the second factor. */
  async passkey(io: Io, standing: Standing, form: Form): Promise<void> {
    const { account } = standing;
    const proven = await this.#parts.passkeys.authenticate(
      form.get("response") ?? "",
      form.get("token") ?? "",
      account.id,
    );
    if (proven === undefined) {
      this.#parts.signIns.failed(io.request, "passkey", account.email);
      return this.show(io, standing, WRONG_PASSKEY);
    }
    return this.#finish(io, standing, proven.method);
  }

  /** As the only factor: it knows who it is of, and has verified its holder. False where it was not accepted. */
  async passkeyAlone(io: Io, form: Form): Promise<boolean> {
    const { passkeys, accountStore, signIns } = this.#parts;
    const proven = await passkeys.authenticate(form.get("response") ?? "", form.get("token") ?? "");
    const account = proven === undefined ? undefined : await accountStore.byId(proven.accountId);
    if (proven === undefined || account?.status !== "active" || account.email_verified_at === null) {
      signIns.failed(io.request, "passkey", undefined);
      return false;
    }
    await this.#finish(io, { account, methods: [] }, proven.method);
    return true;
  }

  async #withoutFactor(io: Io, standing: Standing, form: Form): Promise<void> {
    if (form.get("answer") !== "deny") return this.show(io, standing);
    const error = "unmet_authentication_requirements";
    const denied = { error, error_description: "the account has no second factor" };
    return io.provider.interactionFinished(io.request, io.response, denied);
  }

  async #hasSteppedUp({ provider, details }: Io): Promise<boolean> {
    if (details.prompt.name !== SECOND_FACTOR || details.session?.uid === undefined) return false;
    const session = await provider.Session.findByUid(details.session.uid);
    return session?.acr === LEVELS.severalFactors;
  }

  async #finish(io: Io, { account, methods }: Standing, method: string): Promise<void> {
    const { provider, details, request, response } = io;
    const { devices, pending, tokens } = this.#parts;
    await pending.remove(details.uid);
    devices.remember(devices.read(request), response, account);
    const amr = [...new Set([...methods, method, LEVELS.severalFactors])];
    const login = { accountId: account.id, amr, acr: LEVELS.severalFactors, remember: true };
    const proven = { generation: account.sessions_generation, browser: tokens.browserMark(request) };
    await provider.interactionFinished(request, response, { login, ...proven });
    const step = details.prompt.name === SECOND_FACTOR ? "step-up" : "sign-in";
    this.#parts.signIns.succeeded(request, account, { methods: amr, level: login.acr, step });
  }
}
