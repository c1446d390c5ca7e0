// The attacks that this product stands against, by id: tests name them in their titles, docs/attacks.md lists them.
import {
  ACCOUNTS,
  ANSWERS,
  type Attack,
  AUTHORIZATION_ENDPOINT,
  FRAMING,
  INPUT,
  LIMITS,
  SENDER_CONSTRAINED,
  TARGET,
  TOKEN_ENDPOINT,
  TOKENS,
} from "./catalogue-entries.ts";

export interface Section {
  /** The letter with which its ids begin. */
  readonly letter: string;
  readonly title: string;
  readonly intro: string;
  readonly attacks: Readonly<Record<string, Attack>>;
}

/** A word behind an id in a title: `F08 a space before the colon`, `G01 G02 ...` names two. */
const IDS = /^(?:[A-Z]\d{2} )+/;

export const SECTIONS: readonly Section[] = [
  {
    letter: "F",
    title: "Framing",
    intro:
      "Where a request begins and ends (RFC 9112, RFC 9113; CWE-444). Sent as raw bytes, alone and behind a good request; each is first shown to arrive where nothing guards. Nothing of it reaches the upstream, or, where the fault is known only late, no complete and no second request. *Parser*: Node's own, in its strict mode, which a test asserts.",
    attacks: FRAMING,
  },
  {
    letter: "G",
    title: "Target and fields",
    intro:
      "What a request asks for and on whose behalf (CWE-22, 436, 639): matcher, guards, record and upstream see one string.",
    attacks: TARGET,
  },
  {
    letter: "J",
    title: "Access tokens",
    intro: "Tokens that should not have been believed (RFC 7515, RFC 8725, RFC 9068; CWE-347).",
    attacks: TOKENS,
  },
  {
    letter: "D",
    title: "Sender-constrained tokens",
    intro:
      "Tokens that are bound to a key, without it (RFC 9449): at the gate over each protocol and inside Express, and at the built-in authorization server on SQLite and PostgreSQL. Each is first shown to be taken by who ignores `cnf`.",
    attacks: SENDER_CONSTRAINED,
  },
  {
    letter: "I",
    title: "Input",
    intro: "What a body or parameter holds (CWE-20, 1321, 1333, 776, 409).",
    attacks: INPUT,
  },
  {
    letter: "L",
    title: "Limits",
    intro: "Ways around or against the limits (CWE-770, 307).",
    attacks: LIMITS,
  },
  {
    letter: "R",
    title: "Answers",
    intro: "What leaves the API that should not (CWE-200, 209, 213).",
    attacks: ANSWERS,
  },
  {
    letter: "A",
    title: "Authorization endpoint",
    intro: "The built-in authorization server's pages and redirects (RFC 6749, 7636, 9126, 9207, 9700).",
    attacks: AUTHORIZATION_ENDPOINT,
  },
  {
    letter: "T",
    title: "Token endpoint",
    intro: "Codes, tokens and client secrets (RFC 6749, 7009, 9700), on SQLite and PostgreSQL where both matter.",
    attacks: TOKEN_ENDPOINT,
  },
  {
    letter: "P",
    title: "Accounts",
    intro: "Passwords, addresses and sessions of account holders (NIST SP 800-63B, OWASP ASVS).",
    attacks: ACCOUNTS,
  },
];

/** The ids that a title begins with. */
export function idsOf(title: string): string[] {
  return IDS.exec(`${title} `)?.[0].trim().split(" ") ?? [];
}
