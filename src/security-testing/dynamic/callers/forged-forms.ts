// Tokens with a good signature in a form that two readers could read as two things (ATTACKS.md J03, J05, J10, J12 to J17, J24).
import type { Forge, Forgery } from "./forging.ts";

function form(name: string, attack: string, make: Forgery["make"], more: Partial<Forgery> = {}): Forgery {
  return { name, attack, rule: "dynamic.token-malformed-accepted", make, ...more };
}

/** JSON with one member more at its end, whether it is there already or not. */
function withMember(value: object, member: string): string {
  return `${JSON.stringify(value).slice(0, -1)},${member}}`;
}

function header(name: string, attack: string, more: (forge: Forge) => Readonly<Record<string, unknown>>): Forgery {
  return form(name, attack, (forge) => forge.signed({}, more(forge)));
}

const atGate = { only: "gate" } as const;
const LARGE_BYTES = 9_000;
const LEVELS = 1_000;

export const FORGED_FORMS: readonly Forgery[] = [
  form("five parts", "J03", (forge) => `${forge.signed()}.AAAA.AAAA`),
  form("JSON serialisation", "J03", (forge) => {
    const [protectedHeader, payload, signature] = forge.parts();
    return JSON.stringify({ protected: protectedHeader, payload, signature });
  }),
  form("signature in DER", "J05", (forge) => {
    const { algorithm } = forge.tokens.key;
    if (!algorithm.startsWith("ES")) return undefined;
    const [head, payload, signature] = forge.parts();
    return `${head}.${payload}.${derOf(Buffer.from(signature, "base64url")).toString("base64url")}`;
  }),
  form("alg that is not the key's", "J06", (forge) => {
    const { algorithm } = forge.tokens.key;
    return algorithm === "HS256" ? undefined : forge.signed({}, { alg: algorithm === "ES384" ? "ES256" : "ES384" });
  }),
  header("key id with NUL", "J09", ({ tokens }) => ({ kid: `${tokens.key.kid}\0` })),
  header("key id in a list", "J09", ({ tokens }) => ({ kid: [tokens.key.kid] })),
  header("key id of 4 KB", "J09", () => ({ kid: "k".repeat(4_096) })),
  form("no key id", "J10", (forge) =>
    forge.tokens.entry.allowMissingKid || forge.tokens.key.publicKey === undefined
      ? undefined
      : forge.signed({}, { kid: undefined }),
  ),
  header("crit that nobody knows", "J12", () => ({ crit: ["x-unknown"], "x-unknown": true })),
  header("crit empty", "J12", () => ({ crit: [] })),
  header("crit with one name twice", "J12", () => ({ crit: ["exp", "exp"], exp: 1 })),
  form("payload not encoded, b64 false", "J13", (forge) => forge.signed({}, { b64: false, crit: ["b64"] })),
  header("payload compressed, zip", "J13", () => ({ zip: "DEF" })),
  form("alg twice in the header", "J14", (forge) =>
    forge.raw(withMember(forge.tokens.header(), `"alg":"${forge.tokens.key.algorithm}"`), JSON.stringify(forge.claims)),
  ),
  form("sub twice in the payload", "J15", (forge) =>
    forge.raw(JSON.stringify(forge.tokens.header()), withMember(forge.claims, `"sub":"another"`)),
  ),
  form("payload that is not UTF-8", "J16", (forge) => {
    const text = Buffer.from(withMember(forge.claims, `"x":"?"`));
    text[text.length - 3] = 0xff;
    return forge.raw(JSON.stringify(forge.tokens.header()), text);
  }),
  form("payload behind a byte order mark", "J16", (forge) =>
    forge.raw(JSON.stringify(forge.tokens.header()), `\uFEFF${JSON.stringify(forge.claims)}`),
  ),
  form("padding behind the signature", "J17", (forge) => `${forge.signed()}==`),
  form("a space in the signature", "J17", (forge) => {
    const token = forge.signed();
    return `${token.slice(0, -8)} ${token.slice(-8)}`;
  }),
  form("trailing bits that are not zero", "J17", (forge) => {
    const token = forge.signed();
    const spare = Buffer.from(token.split(".")[2] ?? "", "base64url").length % 3;
    return spare === 0 ? undefined : token.slice(0, -1) + nextLetter(token.at(-1) as string);
  }),
  form("more than 8 KB", "J24", (forge) => forge.signed({ padding: "x".repeat(LARGE_BYTES) }), atGate),
  form(
    "a thousand levels deep",
    "J24",
    (forge) => {
      const deep = `"deep":${"[".repeat(LEVELS)}${"]".repeat(LEVELS)}`;
      return forge.raw(JSON.stringify(forge.tokens.header()), withMember(forge.claims, deep));
    },
    atGate,
  ),
  form(
    "two Authorization fields",
    "J26",
    (forge) => {
      const value = `Bearer ${forge.signed()}`;
      return {
        fields: [
          ["Authorization", value],
          ["Authorization", value],
        ],
      };
    },
    atGate,
  ),
  form(
    "a comma behind the scheme",
    "J26",
    (forge) => ({
      fields: [["Authorization", `Bearer,Bearer ${forge.signed()}`]],
    }),
    atGate,
  ),
  form("two credentials in one field", "J26", (forge) => {
    const value = `Bearer ${forge.signed()}`;
    return { fields: [["Authorization", `${value}, ${value}`]] };
  }),
];

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** The same value to a lenient reader: only bits that count for nothing differ. */
function nextLetter(letter: string): string {
  return ALPHABET[ALPHABET.indexOf(letter) + 1] ?? letter;
}

/** SEQUENCE of two INTEGERs (RFC 3279 2.2.3). */
function derOf(raw: Buffer): Buffer {
  const half = raw.length / 2;
  const integer = (bytes: Buffer): Buffer => {
    const first = bytes.findIndex((byte) => byte !== 0);
    const trimmed = first < 0 ? Buffer.from([0]) : bytes.subarray(first);
    const value = (trimmed[0] as number) >= 0x80 ? Buffer.concat([Buffer.from([0]), trimmed]) : trimmed;
    return Buffer.concat([Buffer.from([2, value.length]), value]);
  };
  const inner = Buffer.concat([integer(raw.subarray(0, half)), integer(raw.subarray(half))]);
  const length = inner.length < 128 ? [inner.length] : [0x81, inner.length];
  return Buffer.concat([Buffer.from([0x30, ...length]), inner]);
}
