// Passkeys (WebAuthn 2): registered and asked for by a challenge that this browser was given, once; what is signed decides (P15).
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from "@simplewebauthn/server";
import { randomBytes } from "node:crypto";
import { isIP } from "node:net";
import type { Account } from "../accounts/account-store.ts";
import type { ArtifactStore } from "../artifacts/artifact-store.ts";
import type { FactorStore, NewFactor, OpenFactor } from "./factor-store.ts";

/** Ed25519, ES256, RS256: what authenticators make, best first. */
const ALGORITHMS = [-8, -7, -257];
const CHALLENGE = "PasskeyChallenge";
const CHALLENGE_SECONDS = 300;
const CHALLENGE_BYTES = 32;

/** WebAuthn 3 5.8.4. */
const TRANSPORTS: readonly string[] = ["usb", "nfc", "ble", "smart-card", "hybrid", "internal"];

/** What a challenge was given for: it is good for nothing else. */
type Purpose = "register" | "sign-in" | "second-factor";

interface StoredPasskey {
  readonly id: string;
  readonly publicKey: string;
  readonly transports: readonly string[];
  /** On one device only, not synchronised: `hwk` in place of `swk`. */
  readonly isHardware: boolean;
}

export interface ProvenPasskey {
  readonly accountId: string;
  /** RFC 8176. */
  readonly method: "hwk" | "swk";
}

type PasskeyAnswer = RegistrationResponseJSON | AuthenticationResponseJSON;

export interface PasskeyParts {
  readonly issuer: string;
  readonly serviceName: string;
  readonly factors: FactorStore;
  readonly artifacts: ArtifactStore;
}

export class Passkeys {
  /** Browsers know no relying party by an address of numbers. */
  readonly isPossible: boolean;
  readonly #parts: PasskeyParts;
  readonly #origin: string;
  readonly #relyingParty: string;

  constructor(parts: PasskeyParts) {
    const { origin, hostname } = new URL(parts.issuer);
    this.#parts = parts;
    this.#origin = origin;
    this.#relyingParty = hostname;
    this.isPossible = isIP(hostname.replace(/[[\]]/g, "")) === 0;
  }

  /** Options for the browser, as JSON. `binding`: the token of the form that brings the answer. */
  async registrationOptions(account: Account, binding: string): Promise<string> {
    const { factors, serviceName } = this.#parts;
    const known = (await factors.ofKind(account.id, "passkey")).map((factor) => credentialOf(factor));
    const { generateRegistrationOptions } = await webauthn();
    const options = await generateRegistrationOptions({
      rpName: serviceName,
      rpID: this.#relyingParty,
      userID: new Uint8Array(Buffer.from(account.id)),
      userName: account.email,
      userDisplayName: account.email,
      challenge: new Uint8Array(Buffer.from(await this.#newChallenge("register", binding, account.id), "base64url")),
      timeout: CHALLENGE_SECONDS * 1000,
      attestationType: "none",
      excludeCredentials: known,
      authenticatorSelection: { residentKey: "preferred", userVerification: "preferred" },
      supportedAlgorithmIDs: ALGORITHMS,
    });
    return JSON.stringify(options);
  }

  /** The passkey that the answer is about, to be added; undefined where it does not hold. The challenge is used by that. */
  async registered(account: Account, answer: string, binding: string, name: string): Promise<NewFactor | undefined> {
    const response = parsed(answer) as RegistrationResponseJSON | undefined;
    const expected = await this.#challengeOf(response, "register", binding, account.id);
    if (response === undefined || expected === undefined) return undefined;
    const { verifyRegistrationResponse } = await webauthn();
    const { registrationInfo } = await verifyRegistrationResponse({
      response,
      expectedChallenge: expected,
      expectedOrigin: this.#origin,
      expectedRPID: this.#relyingParty,
      requireUserVerification: false,
      supportedAlgorithmIDs: ALGORITHMS,
    }).catch(refused);
    if (registrationInfo === undefined) return undefined;
    const { credential, credentialDeviceType } = registrationInfo;
    const stored: StoredPasskey = {
      id: credential.id,
      publicKey: Buffer.from(credential.publicKey).toString("base64url"),
      transports: transportsIn(credential.transports),
      isHardware: credentialDeviceType === "singleDevice",
    };
    return {
      accountId: account.id,
      kind: "passkey",
      name,
      secret: Buffer.from(JSON.stringify(stored)),
      counter: credential.counter,
      lookup: credential.id,
    };
  }

  /** For whoever has one, or for the second step of an account. Undefined where that account has none. */
  async authenticationOptions(binding: string, accountId?: string): Promise<string | undefined> {
    const known = accountId === undefined ? [] : await this.#parts.factors.ofKind(accountId, "passkey");
    if (!this.isPossible || (accountId !== undefined && known.length === 0)) return undefined;
    // Of the library, which every sign-in would load for it, this is no more than these members.
    const options: PublicKeyCredentialRequestOptionsJSON = {
      rpId: this.#relyingParty,
      challenge: await this.#newChallenge(accountId === undefined ? "sign-in" : "second-factor", binding, accountId),
      timeout: CHALLENGE_SECONDS * 1000,
      allowCredentials: known.map((factor) => ({ ...credentialOf(factor), type: "public-key" })),
      userVerification: accountId === undefined ? "required" : "preferred",
    };
    return JSON.stringify(options);
  }

  /** Whose passkey it was; as the only factor (without `accountId`) only where its holder was verified: it is two factors then. */
  async authenticate(answer: string, binding: string, accountId?: string): Promise<ProvenPasskey | undefined> {
    const purpose = accountId === undefined ? "sign-in" : "second-factor";
    const response = parsed(answer) as AuthenticationResponseJSON | undefined;
    const expected = await this.#challengeOf(response, purpose, binding, accountId);
    if (response === undefined || expected === undefined) return undefined;
    const factor = await this.#parts.factors.byLookup(response.id);
    if (factor === undefined || factor.kind !== "passkey") return undefined;
    if (accountId !== undefined && factor.account_id !== accountId) return undefined;
    const { userHandle } = response.response as { readonly userHandle?: unknown };
    // Some say that there is none.
    const isNamed = userHandle !== undefined && userHandle !== null;
    if (isNamed && userHandle !== Buffer.from(factor.account_id).toString("base64url")) return undefined;
    const { id, publicKey, isHardware } = storedIn(factor);
    const { verifyAuthenticationResponse } = await webauthn();
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: expected,
      expectedOrigin: this.#origin,
      expectedRPID: this.#relyingParty,
      requireUserVerification: accountId === undefined,
      credential: { id, publicKey: new Uint8Array(Buffer.from(publicKey, "base64url")), counter: factor.counter },
    }).catch(refused);
    if (!verified || authenticationInfo === undefined) return undefined;
    // Another answer with the same counter at the same time is a copy's.
    if (!(await this.#parts.factors.advance(factor.id, authenticationInfo.newCounter, true))) return undefined;
    return { accountId: factor.account_id, method: isHardware ? "hwk" : "swk" };
  }

  async #newChallenge(purpose: Purpose, binding: string, accountId: string | undefined) {
    const challenge = randomBytes(CHALLENGE_BYTES).toString("base64url");
    await this.#parts.artifacts.put(CHALLENGE, challenge, { purpose, binding, accountId }, CHALLENGE_SECONDS);
    return challenge;
  }

  /** The challenge that the answer is to, where it was given to this browser for this. It is used by that, whatever the answer is worth. */
  async #challengeOf(
    answer: PasskeyAnswer | undefined,
    purpose: Purpose,
    binding: string,
    accountId: string | undefined,
  ): Promise<string | undefined> {
    const { artifacts } = this.#parts;
    const said = saidIn(answer?.response.clientDataJSON);
    if (said === undefined) return undefined;
    const stored = await artifacts.find(CHALLENGE, said);
    const payload = stored === undefined ? undefined : artifacts.open(stored);
    const fits = payload?.["purpose"] === purpose && payload["binding"] === binding && payload.accountId === accountId;
    return fits && (await artifacts.consume(CHALLENGE, said)) ? said : undefined;
  }
}

/** Loaded when the first passkey is made or shown: its formats take 10 MB. */
function webauthn() {
  return import("@simplewebauthn/server");
}

/** The library throws for whatever does not hold. */
function refused() {
  return { verified: false, registrationInfo: undefined, authenticationInfo: undefined } as const;
}

/** As the browser said, which nobody has judged: what is kept is shown to it again at each sign-in. */
function transportsIn(said: unknown): readonly string[] {
  return Array.isArray(said) ? TRANSPORTS.filter((transport) => said.includes(transport)) : [];
}

function storedIn({ secret }: OpenFactor): StoredPasskey {
  return JSON.parse(secret.toString()) as StoredPasskey;
}

function credentialOf(factor: OpenFactor): { id: string; transports: string[] } {
  const { id, transports } = storedIn(factor);
  return { id, transports: [...transports] };
}

/** Only as far as this file reads it: the library checks the rest. */
function parsed(answer: string): PasskeyAnswer | undefined {
  try {
    const value = JSON.parse(answer) as Partial<PasskeyAnswer> | null;
    const isShaped = typeof value?.id === "string" && typeof value.response?.clientDataJSON === "string";
    return isShaped ? (value as PasskeyAnswer) : undefined;
  } catch {
    return undefined;
  }
}

/** The challenge, unless another site's page asked in a frame (WebAuthn 2 13.4.9). */
function saidIn(clientData: string | undefined): string | undefined {
  try {
    const said = JSON.parse(Buffer.from(clientData ?? "", "base64url").toString()) as Record<string, unknown> | null;
    const challenge = said?.["challenge"];
    return typeof challenge === "string" && said?.["crossOrigin"] !== true ? challenge : undefined;
  } catch {
    return undefined;
  }
}
