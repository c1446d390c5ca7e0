// What a document says that `init` must know: its schemes, and whether operations are silent about security.
import { readFile, realpath } from "node:fs/promises";
import path from "node:path";
import { isTokenScheme } from "../../configuration/compose/scheme-kinds.ts";
import { DocumentSet } from "../../openapi/document.ts";
import type { SecurityScheme } from "../../openapi/operation.ts";
import { describeApi } from "../../openapi/operations.ts";

export interface Survey {
  readonly title: string;
  readonly operations: number;
  /** Schemes whose tokens an issuer makes, that some operation asks for. */
  readonly tokenSchemes: readonly string[];
  /** API keys in a field of the head. */
  readonly keySchemes: readonly string[];
  /** Those that only the API can check. */
  readonly otherSchemes: readonly string[];
  /** Operations that say nothing about security, such as `GET /health`. */
  readonly silent: readonly string[];
  readonly needsIssuer: boolean;
}

/** Throws ProblemsError where the document is broken. */
export async function surveyDocument(file: string, cwd: string): Promise<Survey> {
  const at = (name: string) => path.resolve(cwd, name);
  const set = await DocumentSet.load(
    file,
    (name) => readFile(at(name), "utf8"),
    (name) => realpath(at(name)),
  );
  const api = describeApi(set);
  const used = new Set(api.operations.flatMap(({ security }) => (security ?? []).flat().map(({ scheme }) => scheme)));
  const schemes = [...api.schemes.values()].filter(({ name }) => used.has(name));
  const tokenSchemes = schemes.filter(isTokenScheme).map(({ name }) => name);
  const isKey = (scheme: SecurityScheme) => scheme.type === "apiKey" && scheme.in === "header";
  const silent = api.operations
    .filter(({ security }) => security === undefined)
    .map(({ method, documentTemplate }) => `${method} ${documentTemplate}`);
  return {
    title: api.title,
    operations: api.operations.length,
    tokenSchemes,
    keySchemes: schemes.filter(isKey).map(({ name }) => name),
    otherSchemes: schemes.filter((scheme) => !isTokenScheme(scheme) && !isKey(scheme)).map(({ name }) => name),
    silent,
    needsIssuer: tokenSchemes.length > 0 || silent.length > 0,
  };
}
