// Tokens that the issuer has signed and that are still not for this API, or not for now (ATTACKS.md J18 to J23, J27).
import { NEVER_ACCESS_TOKENS } from "../../../authentication/index.ts";
import type { Claims } from "./scheme-tokens.ts";
import type { Forge, Forgery } from "./forging.ts";
import { SKEW_S } from "./good-forms.ts";

const HOUR_S = 3_600;
const YEARS_S = 10 * 365 * 86_400;
/** Just beyond the skew, and still when it arrives at a busy gate (J20). */
const AHEAD_S = SKEW_S + 10;

type Wrong = (forge: Forge) => Claims | undefined;

function claims(name: string, rule: string, attack: string, wrong: Wrong, more: Partial<Forgery> = {}): Forgery {
  return {
    name,
    rule: `dynamic.token-${rule}-accepted`,
    attack,
    ...more,
    make(forge) {
      const differing = wrong(forge);
      return differing === undefined ? undefined : forge.signed(differing);
    },
  };
}

const core = { isCore: true } as const;

export const FORGED_CLAIMS: readonly Forgery[] = [
  claims("expired an hour ago", "expired", "J18", ({ now }) => ({ iat: now - 2 * HOUR_S, exp: now - HOUR_S }), core),
  claims("expired a second ago", "expired", "J18", ({ now }) => ({ exp: now - 1 }), { only: "gate" }),
  claims("that ends now", "expired", "J18", ({ now }) => ({ exp: now }), { only: "gate" }),
  claims("no exp", "endless", "J18", () => ({ exp: undefined })),
  claims("exp as a text", "endless", "J18", ({ now }) => ({ exp: String(now + HOUR_S) })),
  claims("exp negative", "expired", "J18", () => ({ exp: -1 })),
  claims("exp beyond all time", "endless", "J18", () => ({ exp: 1e300 })),
  claims("valid for longer than the issuer may", "endless", "J19", ({ now, tokens }) =>
    tokens.entry.lifetimeMaxSeconds === undefined ? undefined : { exp: now + YEARS_S },
  ),
  claims("nbf in an hour", "early", "J19", ({ now }) => ({ nbf: now + HOUR_S })),
  claims("iat in an hour", "early", "J19", ({ now }) => ({ iat: now + HOUR_S, exp: now + 2 * HOUR_S })),
  claims("nbf just beyond the skew", "early", "J20", ({ now }) => ({ nbf: now + AHEAD_S }), { only: "gate" }),
  claims("iat just beyond the skew", "early", "J20", ({ now }) => ({ iat: now + AHEAD_S }), { only: "gate" }),
  claims("another issuer", "of-another-issuer", "J21", () => ({ iss: "https://issuer.invalid/" }), core),
  claims("issuer with a slash more or less", "of-another-issuer", "J21", ({ tokens: { entry } }) => ({
    iss: entry.issuer.endsWith("/") ? entry.issuer.slice(0, -1) : `${entry.issuer}/`,
  })),
  claims("issuer in another case", "of-another-issuer", "J21", ({ tokens: { entry } }) => {
    const upper = entry.issuer.toUpperCase();
    return upper === entry.issuer ? undefined : { iss: upper };
  }),
  claims("issuer in a list", "of-another-issuer", "J21", ({ tokens: { entry } }) => ({ iss: [entry.issuer] })),
  claims("no issuer", "of-another-issuer", "J21", () => ({ iss: undefined })),
  claims("another audience", "of-another-audience", "J22", () => ({ aud: "https://another-api.invalid" }), core),
  claims("another audience in a list", "of-another-audience", "J22", () => ({
    aud: ["https://another-api.invalid", "x"],
  })),
  claims("audience that begins like this one", "of-another-audience", "J22", ({ tokens: { entry } }) => ({
    aud: `${entry.audience[0] ?? ""}.another.invalid`,
  })),
  claims("audience that this one begins like", "of-another-audience", "J22", ({ tokens: { entry } }) => {
    const shorter = (entry.audience[0] ?? "").slice(0, -1);
    return entry.audience.includes(shorter) || shorter === "" ? undefined : { aud: shorter };
  }),
  claims("audience as an object", "of-another-audience", "J22", ({ tokens: { entry } }) => ({
    aud: { [entry.audience[0] ?? ""]: true },
  })),
  claims("audience as an empty list", "of-another-audience", "J22", () => ({ aud: [] })),
  claims("no audience", "of-another-audience", "J22", ({ tokens: { profile } }) =>
    profile.audienceElse === undefined ? { aud: undefined } : undefined,
  ),
];

/** Tokens of the same issuer for something else. */
function kind(
  name: string,
  header: (forge: Forge) => Claims | undefined,
  payload: Wrong,
  more: Partial<Forgery> = {},
): Forgery {
  return {
    name,
    rule: "dynamic.token-of-another-kind-accepted",
    attack: "J23",
    ...more,
    make(forge) {
      const differing = header(forge);
      const wrong = payload(forge);
      return differing === undefined || wrong === undefined ? undefined : forge.signed(wrong, differing);
    },
  };
}

const asJwt = () => ({ typ: "JWT" });
const nothing = () => ({});

export const FORGED_KINDS: readonly Forgery[] = [
  kind(
    "ID token",
    asJwt,
    ({ now }) => ({ nonce: "n-0S6_WzA2Mj", at_hash: "MTIzNDU2Nzg5MDEyMzQ1Ng", auth_time: now }),
    core,
  ),
  kind("token of the type JWT", asJwt, ({ tokens: { typ } }) => (typ.includes("JWT") ? undefined : {})),
  kind(
    "token without a type",
    ({ tokens: { entry, profile } }) =>
      entry.dangerouslyAllowMissingTyp || (profile.typOptional === true && entry.typ === undefined)
        ? undefined
        : { typ: undefined },
    nothing,
  ),
  ...NEVER_ACCESS_TOKENS.map((typ) => kind(`token of the type ${typ}`, () => ({ typ }), nothing)),
  kind(
    "refresh token",
    () => ({ typ: "Refresh" }),
    () => ({ typ: "Refresh" }),
  ),
  kind(
    "logout token",
    () => ({ typ: "logout+jwt" }),
    () => ({
      events: { "http://schemas.openid.net/event/backchannel-logout": {} },
    }),
  ),
];
