// From what the user wrote under `authentication` to one complete entry per security scheme.
import type { SecurityAlternatives } from "../../core/security.ts";
import { DEFAULTS } from "../defaults.ts";
import { name as nameOf } from "../issues.ts";
import type { Configuration } from "../schema/portcullis.ts";
import { durationMs } from "../schema/words.ts";
import type { IdentitySettings, KeySettings, SchemeSettings, Settings } from "../settings.ts";
import { isWritten, type KeyPath } from "../source.ts";
import { builtInScheme } from "./built-in-scheme.ts";
import { resolveDpop } from "./dpop.ts";
import type { Resolving } from "./resolving.ts";
import { resolveSecret } from "./secret.ts";

type Written = NonNullable<Configuration["authentication"]>;
type WrittenScheme = Exclude<Written[string], Written["mode" | "default" | "denied" | "forward"]>;

/** Keys of `authentication` that are no schemes. */
export const RESERVED: ReadonlySet<string> = new Set(["mode", "default", "denied", "forward"]);

/** Stands for the issuer of the section `identity`. */
const BUILT_IN = "built-in";

export async function resolveAuthentication(
  written: Written,
  identity: IdentitySettings | undefined,
  to: Resolving,
): Promise<Settings["authentication"]> {
  const { mode, default: silent, denied, forward, ...entries } = written;
  const schemes = new Map<string, SchemeSettings>();
  for (const [name, entry] of Object.entries(entries)) {
    const at = ["authentication", name];
    const resolved =
      entry.issuer === BUILT_IN ? resolveBuiltIn(entry, identity, at, to) : await resolveScheme(entry, at, to);
    if (resolved !== undefined) schemes.set(name, resolved);
  }
  return {
    mode: mode ?? "enforce",
    default: silent === undefined ? undefined : alternatives(silent),
    denied: denied === undefined ? undefined : { file: to.file(["authentication", "denied"], denied) },
    forward: forward === undefined ? undefined : resolveForward(forward, to),
    schemes,
  };
}

function resolveForward(
  written: NonNullable<Written["forward"]>,
  to: Resolving,
): Settings["authentication"]["forward"] {
  const { fields = false, jwt, credentials = "keep" } = written;
  const at = ["authentication", "forward"];
  if (!fields && jwt === undefined && credentials === "keep") {
    to.error(at, "without-effect", "authentication.forward tells the API nothing", "Set `fields: true`, or `jwt`.");
  }
  const lifetimeMs = jwt?.lifetime === undefined ? DEFAULTS.callerTokenMs : durationMs(jwt.lifetime);
  if (lifetimeMs < CALLER_TOKEN_MS_MIN) {
    const message = "authentication.forward.jwt.lifetime is too short: tokens name their times in seconds";
    to.error([...at, "jwt", "lifetime"], "out-of-range", message, "Use at least 10s.");
  }
  return {
    fields,
    credentials,
    jwt: jwt && {
      audience: jwt.audience,
      issuer: jwt.issuer,
      keyFile: jwt.key === undefined ? undefined : to.file([...at, "jwt", "key"], jwt.key),
      lifetimeMs,
      bind: jwt.bind ?? "caller",
    },
  };
}

/** Its keys come over loopback, and its conventions are our own: nothing is to be said but for whom the tokens are. */
function resolveBuiltIn(
  entry: WrittenScheme,
  identity: IdentitySettings | undefined,
  at: KeyPath,
  to: Resolving,
): SchemeSettings | undefined {
  // Where the section is there and broken, its own mistake is what is told.
  if (identity === undefined && isWritten(to.source.value, ["identity"])) return undefined;
  if (identity === undefined) {
    const message = `${nameOf(at)} names the built-in issuer, and there is no section identity`;
    to.error(
      [...at, "issuer"],
      "identity-missing",
      message,
      "Add `identity:` (docs/identity.md), or name another issuer.",
    );
    return undefined;
  }
  const others = Object.keys(entry).filter((key) => !["issuer", "audience", "dpop"].includes(key));
  if (others.length > 0) {
    to.error(
      [...at, others[0] as string],
      "without-effect",
      `${others.join(", ")} has no effect with the built-in issuer`,
      "Leave it out: its tokens are known.",
    );
    return undefined;
  }
  const audience =
    entry.audience === undefined ? [identity.issuer.slice(0, -identity.path.length)] : list(entry.audience);
  return builtInScheme(identity, at, audience, resolveDpop(entry.dpop, at, to));
}

function alternatives(written: NonNullable<Written["default"]>): SecurityAlternatives {
  return written.map((entry) =>
    typeof entry === "string"
      ? [{ scheme: entry, scopes: [] }]
      : Object.entries(entry).map(([scheme, scopes]) => ({ scheme, scopes })),
  );
}

const CALLER_TOKEN_MS_MIN = 10_000;
const LOOPBACK = /^(localhost|.+\.localhost|127(\.[0-9]{1,3}){3}|\[::1\])$/;

async function resolveScheme(entry: WrittenScheme, at: KeyPath, to: Resolving): Promise<SchemeSettings | undefined> {
  const others = Object.keys(entry).filter((key) => key !== "checkedByUpstream");
  if (entry.checkedByUpstream === true) {
    if (others.length === 0) return { kind: "checked-by-upstream", at };
    to.error(
      [...at, others[0] as string],
      "without-effect",
      `${nameOf(at)} is checked by the upstream, so ${others.join(", ")} would have no effect`,
      "Keep one of the two.",
    );
    return undefined;
  }
  if (entry.keys !== undefined) return resolveApiKeys(entry.keys, Object.keys(entry), at, to);
  const before = to.problems.length;
  if (entry.issuer === undefined) {
    to.error(
      at,
      "missing-key",
      `issuer is missing in ${nameOf(at)}`,
      "Add `issuer`: the `iss` of the tokens. For API keys `keys: keys.json`; `checkedByUpstream: true` where the API checks the credential itself.",
    );
  }
  if (entry.audience === undefined) {
    to.error(
      at,
      "missing-key",
      `audience is missing in ${nameOf(at)}: without it, tokens made for other APIs would be accepted`,
      at[1] === "*"
        ? "Add `audience`, or --audience: the `aud` by which the issuer names this API."
        : "Add `audience`: the `aud` by which the issuer names this API.",
    );
  }
  if (entry.dangerouslyAllowMissingTyp === true) {
    to.warn(
      [...at, "dangerouslyAllowMissingTyp"],
      "typ-not-required",
      `${nameOf(at)} accepts tokens that do not say what they are`,
      "Only `aud` keeps the issuer's other tokens out: give this API an audience that no client has.",
    );
  }
  const keys = await resolveKeys(entry, at, to);
  if (to.problems.slice(before).some((problem) => problem.severity === "error") || keys === undefined) return undefined;
  return {
    kind: "jwt",
    at,
    issuer: entry.issuer as string,
    audience: list(entry.audience as string | string[]),
    keys,
    algorithms: entry.algorithms,
    typ: entry.typ === undefined ? undefined : list(entry.typ),
    preset: entry.preset,
    scopes: entry.claims?.scopes,
    roles: entry.claims?.roles,
    permissions: entry.claims?.permissions,
    lifetimeMaxSeconds: entry.lifetimeMax === undefined ? undefined : durationMs(entry.lifetimeMax) / 1_000,
    dpop: resolveDpop(entry.dpop, at, to),
    dangerouslyAllowMissingTyp: entry.dangerouslyAllowMissingTyp ?? false,
    allowMissingKid: entry.allowMissingKid ?? false,
  };
}

function resolveApiKeys(
  written: NonNullable<WrittenScheme["keys"]>,
  present: readonly string[],
  at: KeyPath,
  to: Resolving,
): SchemeSettings | undefined {
  const others = present.filter((key) => key !== "keys");
  if (others.length > 0) {
    to.error(
      [...at, others[0] as string],
      "without-effect",
      `${nameOf(at)} takes API keys, so ${others.join(", ")} would have no effect`,
      "Tokens of an issuer and API keys are two schemes of the document.",
    );
    return undefined;
  }
  if (at[1] === "*") {
    to.error(at, "keys-everywhere", '"*" stands for tokens of an issuer', "Name the scheme that takes API keys.");
    return undefined;
  }
  const keys =
    typeof written === "string"
      ? ({ kind: "file", file: to.file([...at, "keys"], written) } as const)
      : ({ kind: "list", keys: written } as const);
  return { kind: "api-keys", at, keys };
}

async function resolveKeys(entry: WrittenScheme, at: KeyPath, to: Resolving): Promise<KeySettings | undefined> {
  if (entry.secret !== undefined && entry.jwks !== undefined) {
    to.error(
      [...at, "secret"],
      "keys-twice",
      `${nameOf(at)} has both jwks and secret`,
      "Keep the one that the issuer signs with.",
    );
    return undefined;
  }
  if (entry.secret !== undefined) return resolveSharedSecret(entry.secret, [...at, "secret"], to);
  if (entry.jwks === undefined) {
    judgeUrl(entry.issuer, [...at, "issuer"], to);
    return { kind: "discovery" };
  }
  if (/^https?:\/\//i.test(entry.jwks)) {
    judgeUrl(entry.jwks, [...at, "jwks"], to);
    return { kind: "url", url: entry.jwks };
  }
  return { kind: "file", file: to.file([...at, "jwks"], entry.jwks) };
}

/** Keys over plain HTTP could be anybody's: the gate fetches so from this machine only, and says it before the first token comes. */
function judgeUrl(url: string | undefined, at: KeyPath, to: Resolving): void {
  if (url === undefined || !/^http:/i.test(url) || LOOPBACK.test(URL.parse(url)?.hostname ?? "")) return;
  to.error(
    at,
    "url-insecure",
    `${nameOf(at)} is http: keys fetched so could be anybody's`,
    "Write it with https (plain http is for localhost and 127.0.0.1 only); or put the keys in a file: `jwks: keys.json`.",
  );
}

async function resolveSharedSecret(
  written: NonNullable<WrittenScheme["secret"]>,
  at: KeyPath,
  to: Resolving,
): Promise<KeySettings | undefined> {
  to.warn(
    at,
    "secret-shared",
    `${nameOf(at)} is shared: whoever can verify with it can also sign`,
    "Prefer an issuer with a key pair, and leave `secret` out.",
  );
  const secret = await resolveSecret(written, at, to);
  return secret === undefined ? undefined : { kind: "secret", secret };
}

function list(value: string | readonly string[]): readonly string[] {
  return typeof value === "string" ? [value] : value;
}
