// A secret that was seen in a text: what it is, where, and what tells it from others without showing it.
import type { Confidence } from "../finding.ts";
import type { Severity } from "../rule.ts";

export interface Secret {
  readonly rule: "secrets.credential" | "secrets.private-key" | "secrets.token" | "secrets.environment-file";
  readonly severity: Severity;
  readonly confidence: Confidence;
  /** `a GitHub token`, `the private key of RSA` */
  readonly what: string;
  /** 1-based. */
  readonly line: number;
  /** The secret itself: digested for the fingerprint, never shown. */
  readonly value: string;
}

/** A file, or one version of it in the history. */
export interface Text {
  readonly file: string;
  readonly text: string;
}

export function lineAt(text: string, index: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < index; at = text.indexOf("\n", at + 1)) line += 1;
  return line;
}
