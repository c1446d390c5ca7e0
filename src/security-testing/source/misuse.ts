// Misuse that the shape of the code shows without following data: found by ast-grep, with nothing to install.
import { Lang, type NapiConfig, parse } from "@ast-grep/napi";
import type { Weakness } from "./weakness.ts";

type Matcher = NapiConfig["rule"];

const TEXT: Matcher = { kind: "string" };
const any = (...patterns: readonly string[]): Matcher => ({ any: patterns.map((pattern) => ({ pattern })) });
/** A member of an object literal. */
const member = (text: string): Matcher => ({ pattern: { context: `({ ${text} })`, selector: "pair" } });
const SECRET_NAME =
  "(?i)(token|secret|password|nonce|otp|sessionid|session_id|apikey|api_key|csrf|salt|(reset|verif\\w*|confirm\\w*|invit\\w*|activation|login)_?code)['\"]?$";
/** By itself, or with what was put before or behind it. */
const PASSWORD =
  "(?i)^(?:[\\w.'\"() ]*\\+ *)*(?:`[^`]*\\$\\{ *)?([\\w.]*[._])?(password|passwd|passphrase|pwd)(?: *\\}[^`]*`)?(?: *\\+[\\w.'\"() ]*)*$";
/** What holds the key of tokens or sessions. */
const KEY_NAME =
  "(?i)^([\\w.]*\\.)?['\"]?\\w*?((jwt|token|session|cookie|auth|signing|signature)_?secret(_?key)?|(jwt|signing|secret)_?key|secret_?or_?key)['\"]?$";
/** Names in capitals, names with dots and sentences are no keys. */
const NO_KEY = "^.(.{0,7}|[A-Z][A-Z0-9_]*|\\w+(\\.\\w+)+|([^ ]* ){3}.*).$";
const KEY_TEXT: Matcher = {
  kind: "string",
  not: { regex: NO_KEY },
};
/** A text that is written out, or that stands in where the environment says nothing. */
const KEY_WRITTEN: Matcher = {
  any: [
    KEY_TEXT,
    {
      all: [
        { kind: "binary_expression" },
        { has: { field: "operator", regex: "^(\\|\\||\\?\\?)$" } },
        { has: { field: "right", ...KEY_TEXT } },
      ],
    },
  ],
};

/** `needs`: what a file must hold for the rule to be tried, as most files hold none of it. */
const MATCHERS: readonly (readonly [rule: string, needs: RegExp, config: NapiConfig])[] = [
  [
    "source.jwt-unverified",
    /decode/i,
    {
      rule: {
        all: [
          any("jwt.decode($$$)", "jsonwebtoken.decode($$$)", "jwtDecode($$$)", "jwt_decode($$$)"),
          // What takes all in one object is another library, which decrypts.
          { not: { has: { field: "arguments", has: { kind: "object", nthChild: 1 } } } },
          // The head alone says with which key to verify.
          { not: { inside: { kind: "member_expression", has: { field: "property", regex: "^header$" } } } },
          {
            not: {
              all: [
                { has: { field: "arguments", has: { ...member("complete: true"), stopBy: "end" } } },
                {
                  inside: {
                    kind: "statement_block",
                    all: [{ regex: "\\.header\\b" }, { not: { regex: "\\.payload\\b" } }],
                    stopBy: { kind: "statement_block" },
                  },
                },
              ],
            },
          },
        ],
      },
    },
  ],
  ["source.jwt-algorithms-open", /verify/, { rule: any("jwt.verify($T, $K)") }],
  [
    "source.jwt-algorithms-open",
    /verify/,
    {
      rule: { all: [any("jwt.verify($T, $K, $OPTIONS)", "jwt.verify($T, $K, $OPTIONS, $DONE)")] },
      constraints: {
        OPTIONS: {
          any: [{ kind: "object" }, { kind: "arrow_function" }],
          not: { has: { regex: "^(algorithms|\\.\\.\\..*)$", stopBy: "end" } },
        },
      },
    },
  ],
  [
    "source.key-in-source",
    /jwt|createHmac|cookieParser/,
    {
      rule: any(
        "jwt.sign($A, $KEY)",
        "jwt.sign($A, $KEY, $$$)",
        "jwt.verify($A, $KEY)",
        "jwt.verify($A, $KEY, $$$)",
        "crypto.createHmac($A, $KEY)",
        "createHmac($A, $KEY)",
        "cookieParser($KEY)",
      ),
      constraints: { KEY: TEXT },
    },
  ],
  [
    "source.key-in-source",
    /secret/,
    {
      rule: {
        all: [member("secret: $SHOWN"), { inside: { ...any("session($$$)", "expressJwt($$$)"), stopBy: "end" } }],
      },
      constraints: { SHOWN: TEXT },
    },
  ],
  [
    "source.key-in-source",
    /secret|(?:jwt|signing)_?key/i,
    {
      rule: {
        any: [
          {
            kind: "pair",
            all: [{ has: { field: "key", regex: KEY_NAME } }, { has: { field: "value", ...KEY_WRITTEN } }],
          },
          {
            kind: "variable_declarator",
            all: [{ has: { field: "name", regex: KEY_NAME } }, { has: { field: "value", ...KEY_WRITTEN } }],
          },
          {
            kind: "assignment_expression",
            all: [{ has: { field: "left", regex: KEY_NAME } }, { has: { field: "right", ...KEY_WRITTEN } }],
          },
        ],
      },
    },
  ],
  [
    "source.jwt-expiry-ignored",
    /ignoreExpiration/,
    {
      rule: {
        all: [
          member("ignoreExpiration: $SHOWN"),
          // Of the usual library, or of a strategy that uses it: others have the word for what they store.
          {
            any: [
              {
                inside: {
                  any: [{ pattern: "jwt.verify($$$)" }, { pattern: "jsonwebtoken.verify($$$)" }],
                  stopBy: "end",
                },
              },
              {
                inside: {
                  kind: "object",
                  has: { kind: "pair", has: { field: "key", regex: "^(jwtFromRequest|secretOrKey)" } },
                },
              },
              {
                inside: {
                  kind: "object",
                  has: { kind: "shorthand_property_identifier", regex: "^(jwtFromRequest|secretOrKey)" },
                },
              },
            ],
          },
        ],
      },
      constraints: { SHOWN: { kind: "true" } },
    },
  ],
  [
    "source.cipher-weak",
    /createCipher/,
    {
      rule: any("$CRYPTO.createCipheriv($CIPHER, $$$)", "createCipheriv($CIPHER, $$$)"),
      constraints: {
        CIPHER: {
          regex: "(?i)^['\"`]((des|3des|rc2|rc4|bf|blowfish|cast|idea|seed)\\b|(des|cast)\\d|[\\w-]+-ecb['\"`]$)",
        },
      },
    },
  ],
  ["source.cipher-weak", /createCipher/, { rule: any("crypto.createCipher($A, $B)", "createCipher($A, $B)") }],
  [
    "source.password-hash-weak",
    /createHash|md5|sha1/,
    {
      rule: any(
        "$CRYPTO.createHash($H).update($PASSWORD)",
        "$CRYPTO.createHash($H).update($PASSWORD, $E)",
        "createHash($H).update($PASSWORD)",
        "createHash($H).update($PASSWORD, $E)",
        "md5($PASSWORD)",
        "sha1($PASSWORD)",
      ),
      constraints: { PASSWORD: { regex: PASSWORD } },
    },
  ],
  [
    "source.tls-unverified",
    /rejectUnauthorized|NODE_TLS_REJECT_UNAUTHORIZED/,
    { rule: member("rejectUnauthorized: $SHOWN"), constraints: { SHOWN: { kind: "false" } } },
  ],
  [
    "source.tls-unverified",
    /rejectUnauthorized|NODE_TLS_REJECT_UNAUTHORIZED/,
    { rule: any("process.env.NODE_TLS_REJECT_UNAUTHORIZED = $OFF") },
  ],
  [
    "source.token-predictable",
    /Math\.random/,
    {
      rule: {
        any: [
          { kind: "variable_declarator", has: { field: "name", regex: SECRET_NAME } },
          { kind: "assignment_expression", has: { field: "left", regex: SECRET_NAME } },
          { kind: "pair", has: { field: "key", regex: SECRET_NAME } },
        ],
        has: { pattern: "Math.random()", stopBy: { kind: "statement_block" } },
      },
    },
  ],
  [
    "source.cors-open",
    /cors/,
    {
      rule: {
        pattern: "cors($OPTIONS)",
        all: [
          { has: { ...member("credentials: true"), stopBy: "end" } },
          { has: { any: [member("origin: true"), member("origin: '*'"), member('origin: "*"')], stopBy: "end" } },
        ],
      },
    },
  ],
  [
    "source.proxy-trusted-blindly",
    /trust ?proxy/i,
    {
      rule: any(
        '$APP.set("trust proxy", true)',
        "$APP.set('trust proxy', true)",
        '$APP.enable("trust proxy")',
        "$APP.enable('trust proxy')",
      ),
    },
  ],
  [
    "source.proxy-trusted-blindly",
    /trust ?proxy/i,
    {
      rule: {
        all: [member("trustProxy: $SHOWN"), { inside: { ...any("fastify($$$)", "Fastify($$$)"), stopBy: "end" } }],
      },
      constraints: { SHOWN: { kind: "true" } },
    },
  ],
];

export function misuse(file: string, text: string): readonly Weakness[] {
  const tried = MATCHERS.filter(([, needs]) => needs.test(text));
  if (tried.length === 0) return [];
  // A type assertion in angle brackets is no element of JSX: only here both grammars differ.
  const root = parse(/\.[cm]?ts$/.test(file) ? Lang.TypeScript : Lang.Tsx, text).root();
  return tried.flatMap(([rule, , config]) =>
    root.findAll(config).map((node) => {
      // Of a member its value is shown, as by Semgrep: the same finding is one, whoever tells it.
      const { start, end } = (node.getMatch("SHOWN") ?? node).range();
      return {
        rule,
        file,
        line: start.line + 1,
        column: start.column + 1,
        endLine: end.line + 1,
        confidence: "firm",
        source: "ast-grep",
      };
    }),
  );
}
