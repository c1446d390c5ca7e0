// What signing in brought: fields for requests, what the credential says of its bearer, and how long it is good.
import { CannotTest } from "../cannot-test.ts";
import type { Field } from "../wire.ts";
import { type Answered, objectOf } from "./asking.ts";

export interface Credential {
  readonly fields: readonly Field[];
  readonly query: readonly Field[];
  /** Of a token that can be read; empty else. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** Undefined: nobody said. */
  readonly endsAtMs: number | undefined;
}

export function tokenCredential(
  token: string,
  how: Partial<Pick<Credential, "fields" | "query">>,
  lifetimeS?: number,
): Credential {
  const claims = claimsOf(token);
  const exp = typeof claims["exp"] === "number" ? claims["exp"] * 1000 : undefined;
  const endsAtMs = exp ?? (lifetimeS === undefined ? undefined : Date.now() + lifetimeS * 1000);
  return { fields: how.fields ?? [], query: how.query ?? [], claims, endsAtMs };
}

/** From the answer of a token endpoint (RFC 6749 5.1). Throws CannotTest. */
export function bearerCredential(answer: Answered, whose: string): Credential {
  const given = objectOf(answer.text);
  const token = given?.["access_token"];
  if (typeof token !== "string") {
    const error = typeof given?.["error"] === "string" ? `: ${given["error"]}` : "";
    throw new CannotTest(`${whose} got no token, but ${answer.status}${error}`);
  }
  if (String(given?.["token_type"]).toLowerCase() !== "bearer") {
    throw new CannotTest(
      `${whose} got a token of the type ${String(given?.["token_type"])}: only Bearer can be used here`,
    );
  }
  const lifetimeS = typeof given?.["expires_in"] === "number" ? given["expires_in"] : undefined;
  return tokenCredential(token, { fields: [["Authorization", `Bearer ${token}`]] }, lifetimeS);
}

function claimsOf(token: string): Readonly<Record<string, unknown>> {
  const payload = token.split(".")[1];
  return (payload === undefined ? undefined : objectOf(Buffer.from(payload, "base64url").toString("utf8"))) ?? {};
}
