// Takes scopes, roles and permissions out of claims, from the paths that the configuration names and from no other (J29).
import { isJsonObject, type JsonObject, type JsonValue } from "../cryptography/json.ts";
import type { ClaimPath } from "./token-profile.ts";

/** One scope (RFC 6749 3.3). */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** The granted scopes: a text with spaces, or a list of single scopes. Undefined where a claim has another shape. */
export function scopesIn(claims: JsonObject, paths: readonly ClaimPath[]): string[] | undefined {
  const scopes: string[] = [];
  for (const path of paths) {
    const value = claimAt(claims, path);
    if (value === undefined) continue;
    const found = typeof value === "string" ? value.split(" ").filter((scope) => scope !== "") : value;
    // In a list each item is one scope: `"a b"` there is no way to say two.
    if (!isListOfNames(found) || !found.every((scope) => SCOPE.test(scope))) return undefined;
    scopes.push(...found);
  }
  return scopes;
}

/** Roles or permissions: a list of names, or one name. Undefined where a claim has another shape. */
export function namesIn(claims: JsonObject, paths: readonly ClaimPath[]): string[] | undefined {
  const names: string[] = [];
  for (const path of paths) {
    const value = claimAt(claims, path);
    if (value === undefined) continue;
    const found = typeof value === "string" ? [value] : value;
    if (!isListOfNames(found) || found.includes("")) return undefined;
    names.push(...found);
  }
  return names;
}

function claimAt(claims: JsonObject, path: ClaimPath): JsonValue | undefined {
  let value: JsonValue | undefined = claims;
  for (const name of path) {
    if (!isJsonObject(value)) return undefined;
    value = value[name];
  }
  return value;
}

/** Texts and nothing else; it may be empty. */
export function isListOfNames(value: JsonValue | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
