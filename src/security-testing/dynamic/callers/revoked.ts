// Tokens that were good and were taken back: by their id, their session, their subject; the gate's deny list names them.
import type { WrittenDenied } from "../../../configuration/schema/denied.ts";
import type { Forge, Forgery } from "./forging.ts";
import type { SchemeTokens } from "./scheme-tokens.ts";

const NAMES = {
  token: "portcullis-test-revoked-token",
  session: "portcullis-test-revoked-session",
  subject: "portcullis-test-revoked-subject",
} as const;

export function revokedEntries({ entry: { issuer } }: SchemeTokens): WrittenDenied[] {
  return [
    { issuer, token: NAMES.token },
    { issuer, session: NAMES.session },
    { issuer, subject: NAMES.subject },
  ];
}

const revoked = { rule: "dynamic.token-revoked-accepted", only: "gate" } as const;

export const REVOKED: readonly Forgery[] = [
  { name: "revoked token", ...revoked, isCore: true, make: (forge) => forge.signed(byId(forge)) },
  {
    name: "token of a revoked session",
    ...revoked,
    make: (forge) => forge.signed({ [forge.tokens.profile.session]: NAMES.session }),
  },
  { name: "token of a revoked subject", ...revoked, make: (forge) => forge.signed({ sub: NAMES.subject }) },
  {
    name: "revoked token, its signature written the other way",
    attack: "J17",
    ...revoked,
    make: (forge) => twinOf(forge.signed(byId(forge)), forge.tokens.key.algorithm),
  },
];

function byId({ tokens }: Forge): Readonly<Record<string, unknown>> {
  return { [tokens.profile.tokenId]: NAMES.token };
}

/** Order of P-256. */
const N = BigInt("0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");

/** (r, n−s) verifies wherever (r, s) does. */
function twinOf(token: string, algorithm: string): string | undefined {
  if (algorithm !== "ES256") return undefined;
  const [header, payload, signature = ""] = token.split(".");
  const bytes = Buffer.from(signature, "base64url");
  const s = BigInt(`0x${bytes.subarray(32).toString("hex")}`);
  const twin = Buffer.from((N - s).toString(16).padStart(64, "0"), "hex");
  return `${header}.${payload}.${Buffer.concat([bytes.subarray(0, 32), twin]).toString("base64url")}`;
}
