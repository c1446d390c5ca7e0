// Misuse that the shape of the code shows without following data: found by ast-grep, with nothing to install.
import { Lang, type NapiConfig, parse } from "@ast-grep/napi";
import type { Weakness } from "./weakness.ts";

type Matcher = NapiConfig["rule"];

const TEXT: Matcher = { kind: "string" };
const any = (...patterns: readonly string[]): Matcher => ({ any: patterns.map((pattern) => ({ pattern })) });
/** A member of an object literal. */
const member = (text: string): Matcher => ({ pattern: { context: `({ ${text} })`, selector: "pair" } });
const SECRET_NAME = "(?i)(token|secret|password|nonce|otp|sessionid|session_id|apikey|api_key|csrf|salt)$";
const PASSWORD_NAME = "(?i)^([\\w.]*[._])?(password|passwd|passphrase|pwd)$";

const MATCHERS: readonly (readonly [rule: string, config: NapiConfig])[] = [
  [
    "source.jwt-unverified",
    { rule: any("jwt.decode($$$)", "jsonwebtoken.decode($$$)", "jwtDecode($$$)", "jwt_decode($$$)") },
  ],
  ["source.jwt-algorithms-open", { rule: any("jwt.verify($T, $K)") }],
  [
    "source.jwt-algorithms-open",
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
    {
      rule: {
        all: [member("secret: $SHOWN"), { inside: { ...any("session($$$)", "expressJwt($$$)"), stopBy: "end" } }],
      },
      constraints: { SHOWN: TEXT },
    },
  ],
  [
    "source.password-hash-weak",
    {
      rule: any(
        "$CRYPTO.createHash($H).update($PASSWORD)",
        "$CRYPTO.createHash($H).update($PASSWORD, $E)",
        "createHash($H).update($PASSWORD)",
        "createHash($H).update($PASSWORD, $E)",
        "md5($PASSWORD)",
        "sha1($PASSWORD)",
      ),
      constraints: { PASSWORD: { regex: PASSWORD_NAME } },
    },
  ],
  ["source.tls-unverified", { rule: member("rejectUnauthorized: $SHOWN"), constraints: { SHOWN: { kind: "false" } } }],
  ["source.tls-unverified", { rule: any("process.env.NODE_TLS_REJECT_UNAUTHORIZED = $OFF") }],
  [
    "source.token-predictable",
    {
      rule: {
        any: [
          { kind: "variable_declarator", has: { field: "name", regex: SECRET_NAME } },
          { kind: "assignment_expression", has: { field: "left", regex: SECRET_NAME } },
        ],
        has: { pattern: "Math.random()", stopBy: { kind: "statement_block" } },
      },
    },
  ],
  [
    "source.cors-open",
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
    {
      rule: {
        all: [member("trustProxy: $SHOWN"), { inside: { ...any("fastify($$$)", "Fastify($$$)"), stopBy: "end" } }],
      },
      constraints: { SHOWN: { kind: "true" } },
    },
  ],
];

export function misuse(file: string, text: string): readonly Weakness[] {
  // A type assertion in angle brackets is no element of JSX: only here both grammars differ.
  const root = parse(/\.[cm]?ts$/.test(file) ? Lang.TypeScript : Lang.Tsx, text).root();
  return MATCHERS.flatMap(([rule, config]) =>
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
