// Private keys: PEM, OpenSSH and JWK. What does not parse as a key is none.
import { createPrivateKey, type JsonWebKeyInput, type KeyObject, type PrivateKeyInput } from "node:crypto";
import { lineAt, type Secret, type Text } from "./secret.ts";

const PEM =
  /-----BEGIN ((?:[A-Z0-9]+ )*PRIVATE KEY)-----((?:[A-Za-z0-9+/=\s:,-]|\\r|\\n|["'+]){32,20000}?)-----END \1-----/g;
const JWK = /\{[^{}]{0,4000}?["']?\bd["']?\s*:\s*["'][\w-]{20,}["'][^{}]{0,4000}?\}/g;
const OPENSSH = Buffer.from("openssh-key-v1\0");

export function privateKeys({ text }: Text): readonly Secret[] {
  const secrets: Secret[] = [];
  if (text.includes("PRIVATE KEY-----")) {
    for (const { 0: all, 1: label, 2: body, index } of text.matchAll(PEM)) {
      const what = pemOf(label as string, body as string);
      if (what !== undefined) secrets.push(secretOf(what, all, lineAt(text, index)));
    }
  }
  if (text.includes("kty")) {
    for (const { 0: all, index } of text.matchAll(JWK)) {
      const key = jwkOf(all);
      if (key !== undefined)
        secrets.push(secretOf(`the private key of ${key.asymmetricKeyType}, a JWK`, all, lineAt(text, index)));
    }
  }
  return secrets;
}

function secretOf(what: string, value: string, line: number): Secret {
  return { rule: "secrets.private-key", severity: "high", confidence: "certain", what, line, value };
}

/** It may stand in a string of a program, with `\n` written out and quotes between its lines. */
function pemOf(label: string, body: string): string | undefined {
  const plain = body.replaceAll(/\\r|\\n/g, "\n").replaceAll(/["'][\s+]*["']|["' \t]/g, "");
  if (label === "OPENSSH PRIVATE KEY") {
    const bytes = Buffer.from(plain, "base64");
    return bytes.subarray(0, OPENSSH.length).equals(OPENSSH) ? "the private key of OpenSSH" : undefined;
  }
  // Without its passphrase it opens nothing.
  if (label.startsWith("ENCRYPTED") || /Proc-Type|DEK-Info/.test(body)) return undefined;
  const key = parsed({ key: `-----BEGIN ${label}-----\n${plain.trim()}\n-----END ${label}-----\n` });
  return key === undefined ? undefined : `the private key of ${key.asymmetricKeyType}`;
}

function jwkOf(text: string): KeyObject | undefined {
  try {
    const key = JSON.parse(
      text
        .replaceAll(/([{,]\s*)(\w+)\s*:/g, '$1"$2":')
        .replaceAll("'", '"')
        .replaceAll(/,\s*\}/g, "}"),
    );
    return parsed({ key, format: "jwk" });
  } catch {
    return undefined;
  }
}

function parsed(input: PrivateKeyInput | JsonWebKeyInput): KeyObject | undefined {
  try {
    return createPrivateKey(input);
  } catch {
    return undefined;
  }
}
