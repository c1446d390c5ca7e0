// Authenticators that say what a test wants, and what the guard makes of them, at once and later.
import { expect } from "vitest";
import { authenticationGuard } from "../../src/authentication/authentication-guard.ts";
import type { Authenticated, Authenticator } from "../../src/authentication/authenticator.ts";
import { deny } from "../../src/core/outcome.ts";
import { ANONYMOUS } from "../../src/core/principal.ts";
import type { SecurityAlternatives } from "../../src/core/security.ts";
import { request } from "./requests.ts";

export function proven(scheme: string, subject?: string, scopes: string[] = []): Authenticator {
  const principal = { ...ANONYMOUS, kind: "user" as const, scheme, subject, scopes: new Set(scopes) };
  return saying(scheme, { scheme, principal });
}
export const absent = (scheme: string): Authenticator => saying(scheme, undefined);
export const failed = (scheme: string, reason: Parameters<typeof deny>[0] = "authentication.signature-invalid") =>
  saying(scheme, deny(reason));
const saying = (scheme: string, result: Authenticated): Authenticator => ({
  scheme,
  challenges: [`Test realm="${scheme}"`],
  carriedBy: "authorization",
  authenticate: () => result,
});
const later = (authenticator: Authenticator): Authenticator => ({
  ...authenticator,
  authenticate: (exchange) => Promise.resolve(authenticator.authenticate(exchange)),
});

export type Written = Record<string, string[]>[];
export const alternativesOf = (written: Written): SecurityAlternatives =>
  written.map((schemes) => Object.entries(schemes).map(([scheme, scopes]) => ({ scheme, scopes })));

export async function judge(written: Written, authenticators: Authenticator[]): Promise<string> {
  const said: string[] = [];
  for (const variant of [authenticators, authenticators.map(later)]) {
    const exchange = request([]);
    const guard = authenticationGuard({
      alternatives: alternativesOf(written),
      authenticators: new Map(variant.map((authenticator) => [authenticator.scheme, authenticator])),
      mode: "enforce",
    });
    const outcome = await guard.check(exchange);
    // Nothing is set by halves: credentials are those of the alternative, and none without one.
    expect(exchange.credentials.map(({ scheme }) => scheme)).toEqual(
      exchange.alternative?.map(({ scheme }) => scheme) ?? [],
    );
    if (outcome.kind === "deny") said.push(outcome.reason.replace("authentication.", ""));
    else said.push(`${exchange.alternative?.map(({ scheme }) => scheme).join("+")} ${exchange.principal.subject}`);
  }
  expect(said[1]).toBe(said[0]);
  return said[0] as string;
}
