// The issuer that `authenticate()` is told of in code: its options judged, its keys, what proves its tokens.
import { readFile } from "node:fs/promises";
import {
  type Authenticator,
  type DpopMode,
  fileKeys,
  jwtAuthenticator,
  type KeySource,
  remoteKeys,
  secretKey,
  TOKEN_PROFILES,
  type TokenPreset,
} from "../authentication/index.ts";
import { systemClock } from "../core/clock.ts";
import type { SystemEvent } from "../core/record.ts";
import { createEgress } from "../egress/client.ts";
import { parseWindow } from "../rate-limiting/window.ts";
import { broken, checkNames, checkOptions } from "./express-options.ts";
import type { ProxyOptions } from "./express-passage.ts";

export interface AuthenticateOptions extends ProxyOptions {
  /** `iss` of the tokens, exactly. Its keys are found by discovery unless `jwks` or `secret` is given. */
  readonly issuer: string;
  /** `aud` that names this API: one of these must be in the token. */
  readonly audience: string | readonly string[];
  /** Keys of the issuer: a URL, or a file. */
  readonly jwks?: string | undefined;
  /** Shared secret of at least 32 bytes, HS256 only. Whoever can verify with it can also sign. */
  readonly secret?: string | Uint8Array | undefined;
  /** Default: all asymmetric ones; with `secret`, HS256. */
  readonly algorithms?: readonly string[];
  /** Conventions of the issuer for `typ` and claims. Default `rfc9068`. */
  readonly preset?: TokenPreset;
  /** Accepted `typ` headers in place of the preset's. */
  readonly typ?: string | readonly string[];
  /** Paths to the claims: `{ roles: ["realm_access", "roles"] }`. Default the preset's; `rfc9068` believes no roles. */
  readonly claims?: {
    readonly scopes?: readonly string[];
    readonly roles?: readonly string[];
    readonly permissions?: readonly string[];
  };
  /** Longest accepted life of a token, such as `"1h"`. */
  readonly lifetimeMax?: string;
  /**
   * Tokens that are bound to a key (RFC 9449): `accept` them with their proof, `require` them, or `off`. Default `accept`. Which proofs were
   * used is known to this process alone. Behind proxies, `trustedProxies` says which scheme clients used.
   */
  readonly dpop?: DpopMode;
  /** Accept tokens without `kid` where the issuer has a single key. */
  readonly allowMissingKid?: boolean;
}

export interface BoundIssuer {
  readonly authenticator: Authenticator;
  readonly readsRoles: boolean;
  readonly ready: Promise<void>;
  readonly close: () => void;
}

const KNOWN = [
  ["issuer", "audience", "jwks", "secret", "algorithms", "preset", "typ", "claims", "lifetimeMax"],
  ["allowMissingKid", "dpop", "trustedProxies"],
].flat();

/** Begins to load the keys. Throws ProblemsError for options that cannot be meant. */
export function bindIssuer(options: AuthenticateOptions, scheme: string): BoundIssuer {
  checkOptions(options, KNOWN);
  checkIdentity(options);
  const { keys, close } = keysOf(options);
  const { algorithms, preset = "rfc9068", typ, claims, allowMissingKid = false } = options;
  const lifetimeMaxSeconds = lifetimeSeconds(options.lifetimeMax);
  const authenticator = jwtAuthenticator({
    scheme,
    issuer: options.issuer,
    audience: options.audience,
    keys,
    clock: systemClock,
    preset,
    allowMissingKid,
    dpop: { mode: options.dpop },
    claims: {
      ...(claims?.scopes === undefined ? {} : { scopes: [claims.scopes] }),
      ...(claims?.roles === undefined ? {} : { roles: [claims.roles] }),
      ...(claims?.permissions === undefined ? {} : { permissions: [claims.permissions] }),
    },
    ...(algorithms === undefined ? {} : { algorithms }),
    ...(typ === undefined ? {} : { typ }),
    ...(lifetimeMaxSeconds === undefined ? {} : { lifetimeMaxSeconds }),
  });
  const ready = keys.ready();
  // A failure is told by whoever awaits `ready`, and as a warning; it must not end the process.
  ready.catch(() => undefined);
  const readsRoles = claims?.roles !== undefined || TOKEN_PROFILES[preset].roles.length > 0;
  return { authenticator, readsRoles, ready, close };
}

function checkIdentity(options: AuthenticateOptions): void {
  if (typeof options.issuer !== "string" || options.issuer === "") {
    throw broken("option-missing", "issuer is missing", "Name the `iss` of the tokens.");
  }
  const audiences: unknown[] = [options.audience].flat();
  if (audiences.length === 0 || audiences.some((name) => typeof name !== "string" || name === "")) {
    const message = "audience is missing: without it, tokens made for other APIs would be accepted";
    throw broken("option-missing", message, "Name the `aud` by which the issuer means this API.");
  }
  for (const name of ["secret", "jwks"] as const) {
    if (!Object.hasOwn(options, name) || options[name] !== undefined) continue;
    throw broken("option-missing", `${name} is undefined`, "Is the variable of the environment set?");
  }
  if (options.secret !== undefined && options.jwks !== undefined) {
    throw broken("keys-twice", "both jwks and secret are given", "Keep the one that the issuer signs with.");
  }
  if (options.preset !== undefined && !Object.hasOwn(TOKEN_PROFILES, options.preset)) {
    throw broken("option-invalid", "preset is unknown", `One of ${Object.keys(TOKEN_PROFILES).join(", ")}.`);
  }
  if (options.dpop !== undefined && !["accept", "require", "off"].includes(options.dpop)) {
    throw broken("option-invalid", "dpop is unknown", "One of accept, require, off.");
  }
  if (options.claims !== undefined) {
    checkOptions(options.claims, ["scopes", "roles", "permissions"]);
    for (const path of Object.values(options.claims)) {
      if (Array.isArray(path)) checkNames("the parts of a claim's path", path);
      else throw broken("option-invalid", "a claim is named by its path", 'Such as ["realm_access", "roles"].');
    }
  }
}

function lifetimeSeconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseWindow(text);
  if (ms !== undefined) return ms / 1_000;
  throw broken("option-invalid", "lifetimeMax is no duration", 'A whole number with ms, s, m, h or d, such as "1h".');
}

function keysOf({ issuer, jwks, secret }: AuthenticateOptions): { keys: KeySource; close: () => void } {
  if (secret !== undefined) {
    const keys = secretKey({ secret });
    return { keys, close: () => keys.close() };
  }
  if (jwks !== undefined && !/^https?:\/\//i.test(jwks)) {
    const keys = fileKeys({ path: jwks, readText: (file) => readFile(file, "utf8") });
    return { keys, close: () => keys.close() };
  }
  const egress = createEgress();
  const keys = remoteKeys({
    ...(jwks === undefined ? { issuer } : { jwksUrl: jwks }),
    fetchJson: (url, limits) => egress.getJson(url, limits),
    clock: systemClock,
    onEvent: warn,
  });
  return {
    keys,
    close: () => {
      keys.close();
      egress.close();
    },
  };
}

/** Without a recorder of its own: what went wrong with the keys is a warning of the process. */
function warn({ action, level, message }: SystemEvent): void {
  if (level !== "info") process.emitWarning(message, { type: "PortcullisWarning", code: action });
}
