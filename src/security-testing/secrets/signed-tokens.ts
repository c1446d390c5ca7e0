// JSON web tokens that somebody signed and that have not expired.
import { lineAt, type Secret, type Text } from "./secret.ts";

const TOKEN = /\beyJ[\w-]{10,}\.eyJ[\w-]{4,}\.[\w-]{20,}/g;
/** The example of jwt.io, in half of all tutorials. */
const EXAMPLE_SUBJECT = "1234567890";
const S_MS = 1000;

export function signedTokens({ text }: Text, nowMs: number): readonly Secret[] {
  return [...text.matchAll(TOKEN)].flatMap(({ 0: token, index }): readonly Secret[] => {
    const [head, body] = token.split(".", 2).map(objectOf);
    if (head === undefined || body === undefined || typeof head["alg"] !== "string" || head["alg"] === "none")
      return [];
    const ends = body["exp"];
    if (body["sub"] === EXAMPLE_SUBJECT || (typeof ends === "number" && ends * S_MS < nowMs)) return [];
    const what = typeof ends === "number" ? `a token that is good until ${dayOf(ends)}` : "a token that never expires";
    return [
      { rule: "secrets.token", severity: "medium", confidence: "firm", what, line: lineAt(text, index), value: token },
    ];
  });
}

function dayOf(ends: number): string {
  const at = new Date(ends * S_MS);
  return Number.isNaN(at.getTime()) ? "some day" : at.toISOString().slice(0, 10);
}

function objectOf(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
