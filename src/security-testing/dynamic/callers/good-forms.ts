// Good credentials in forms that are less usual and still right: whoever refuses them refuses somebody who may come in.
import type { Forge } from "./forging.ts";
import type { Carried } from "./scheme-tokens.ts";

export interface GoodForm {
  readonly name: string;
  /** Undefined: the scheme has no such form. */
  make(forge: Forge): Carried | undefined;
}

/** What clocks may differ: a token that is made now and so far ahead is good when it arrives. */
export const SKEW_S = 30;

/** The usual way to send a token with these differences. */
function token(name: string, differing: (forge: Forge) => Readonly<Record<string, unknown>> | undefined): GoodForm {
  return {
    name,
    make(forge) {
      const claims = differing(forge);
      return claims === undefined ? undefined : forge.tokens.carry(forge.signed(claims));
    },
  };
}

export const GOOD_FORMS: readonly GoodForm[] = [
  {
    name: "a token that is bound to a key, with its proof",
    make({ tokens, claims }) {
      return tokens.binding === "accept" ? tokens.carryBound(tokens.token(tokens.bound(claims))) : undefined;
    },
  },
  {
    name: "a token whose scheme is written small",
    make({ tokens, claims }) {
      const { fields, ...rest } = tokens.carry(tokens.token(claims));
      return {
        ...rest,
        fields: fields.map(([name, value]) => [name, value.replace(/^\w+/, (how) => how.toLowerCase())]),
      };
    },
  },
  ...["at+jwt", "application/at+jwt", "JWT"].map((typ): GoodForm => ({
    name: `a token of the type ${typ}`,
    make: ({ tokens, claims }) =>
      tokens.typ.includes(typ) && typ !== tokens.typ[0]
        ? tokens.carry(tokens.token(claims, tokens.header({ typ })))
        : undefined,
  })),
  {
    name: "a token without a key id",
    make: ({ tokens, claims }) =>
      tokens.entry.allowMissingKid && tokens.key.publicKey !== undefined
        ? tokens.carry(tokens.token(claims, tokens.header({ kid: undefined })))
        : undefined,
  },
  {
    name: "a token without a type",
    make: ({ tokens, claims }) =>
      tokens.entry.dangerouslyAllowMissingTyp
        ? tokens.carry(tokens.token(claims, tokens.header({ typ: undefined })))
        : undefined,
  },
  token("a token for several APIs", ({ tokens: { entry } }) => ({
    aud: ["https://another-api.invalid", entry.audience[0]],
  })),
  token("a token for this API by its other name", ({ tokens: { entry } }) =>
    entry.audience.length > 1 ? { aud: entry.audience.at(-1) } : undefined,
  ),
  // J20: exactly at the skew. Its life stays what it is.
  token("a token of a clock that is as far ahead as may be", ({ now, claims }) => ({
    iat: now + SKEW_S,
    nbf: now + SKEW_S,
    exp: Number(claims["exp"]) + SKEW_S,
  })),
  token("a token that ends in a minute", ({ now }) => ({ exp: now + 60 })),
];
