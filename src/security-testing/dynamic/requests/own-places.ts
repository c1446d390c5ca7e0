// Places that are the caller's own without naming anything: `/me`, `/sessions/current`.
import type { Operation } from "../../../openapi/operation.ts";

const SELF = /^(?:me|self|mine|my|current|myself|session|logout|sign-?out|profile)$/i;

export function isOwnPlace({ template }: Operation): boolean {
  return template.split("/").some((segment) => SELF.test(segment));
}
