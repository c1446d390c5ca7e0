// Rules about secrets in files.
import type { RuleRow } from "../rule.ts";

const REMEDY =
  "Take it for known: replace it where it is used, then keep the new one out of the repository (a secret store, the environment, a file beside it).";

export const SECRETS_RULES = {
  "secrets.credential": {
    title: "A credential of a service stands in a file",
    severity: "high",
    cwe: [798],
    owasp: ["API2:2023"],
    remedy: REMEDY,
  },
  "secrets.private-key": {
    title: "A private key stands in a file",
    severity: "high",
    cwe: [321],
    owasp: ["API2:2023"],
    remedy: REMEDY,
  },
  "secrets.token": {
    title: "A signed token that is still good stands in a file",
    severity: "medium",
    cwe: [798],
    owasp: ["API2:2023"],
    remedy: "Revoke it, and let tests make their tokens when they run.",
  },
  "secrets.environment-file": {
    title: "A file of the environment with secrets belongs to the repository",
    severity: "high",
    cwe: [538],
    owasp: ["API8:2023"],
    remedy: "Name it in .gitignore, keep an example without values, and replace the secrets that it held.",
  },
} as const satisfies Readonly<Record<string, RuleRow>>;
