// Remembers on a device which accounts signed in there, so that its owner is not held up by what strangers try elsewhere.
import { createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { identityCookies } from "../cookie-names.ts";
import type { Account } from "../accounts/account-store.ts";
import { emailAddress } from "../accounts/email-address.ts";

/** The newest ones. */
const ACCOUNTS_MAX = 8;
const MARK_LENGTH = 22;
const MAX_AGE_SECONDS = 365 * 86_400;
const VALUE = /^([\w-]{24})((?:\.[\w-]{22}){0,8})\.([\w-]{43})$/;

/** By what it came to be known. */
type Proof = "sign-in" | "reset";

export interface Device {
  readonly id: string;
  readonly marks: readonly string[];
  /** The device's identifier where this address signed in on it before. */
  knownTo(email: string): string | undefined;
  /** Also where it set the account's password by a mail: tries of passwords are counted apart, those of second factors are not. */
  mayTryApart(email: string): string | undefined;
}

/** The cookie holds a random identifier and a mark for each account, and is signed: nobody makes a device known by hand. */
export class KnownDevices {
  readonly #key: KeyObject;
  readonly #cookie: string;
  readonly #attributes: string;

  constructor({ issuer, key }: { readonly issuer: string; readonly key: Buffer }) {
    const isSecure = issuer.startsWith("https:");
    this.#key = createSecretKey(key);
    this.#cookie = identityCookies(issuer).device;
    this.#attributes = `Path=/; HttpOnly; SameSite=Lax; Max-Age=${MAX_AGE_SECONDS}${isSecure ? "; Secure" : ""}`;
  }

  read({ headers }: IncomingMessage): Device | undefined {
    const pair = (headers.cookie ?? "").split("; ").find((text) => text.startsWith(`${this.#cookie}=`));
    const [, id, list, signature] = VALUE.exec(pair?.slice(this.#cookie.length + 1) ?? "") ?? [];
    if (id === undefined || list === undefined || signature === undefined) return undefined;
    if (!timingSafeEqual(Buffer.from(signature), Buffer.from(this.#sign(`${id}${list}`)))) return undefined;
    const marks = list.split(".").slice(1);
    const known = (email: string, by: readonly Proof[]) => {
      const address = emailAddress(email);
      return address !== undefined && by.some((proof) => marks.includes(this.#markOf(id, address.key, proof)))
        ? id
        : undefined;
    };
    return {
      id,
      marks,
      knownTo: (email) => known(email, ["sign-in"]),
      mayTryApart: (email) => known(email, ["sign-in", "reset"]),
    };
  }

  remember(device: Device | undefined, response: ServerResponse, account: Account, by: Proof = "sign-in"): void {
    const id = device?.id ?? randomBytes(18).toString("base64url");
    const mark = this.#markOf(id, account.email_key, by);
    const marks = [mark, ...(device?.marks ?? []).filter((other) => other !== mark)].slice(0, ACCOUNTS_MAX);
    const value = [id, ...marks].join(".");
    response.appendHeader("Set-Cookie", `${this.#cookie}=${value}.${this.#sign(value)}; ${this.#attributes}`);
  }

  #markOf(id: string, emailKey: string, by: Proof): string {
    return this.#sign(by === "reset" ? `${id}\n${emailKey}\nreset` : `${id}\n${emailKey}`).slice(0, MARK_LENGTH);
  }

  #sign(text: string): string {
    return createHmac("sha256", this.#key).update(text).digest("base64url");
  }
}
