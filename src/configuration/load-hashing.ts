// Loads what passwords are hashed by, and nothing else: whatever is missing or wrong elsewhere, also of the users, hinders no hash.
import { z } from "zod";
import { ProblemsError } from "../openapi/located.ts";
import { issueProblems } from "./issues.ts";
import { type LoadOptions, readerOf, readSource } from "./load.ts";
import { resolvePasswords, resolveSecrets } from "./resolve/identity-hashing.ts";
import { Resolving } from "./resolve/resolving.ts";
import { identitySchema } from "./schema/identity.ts";
import type { IdentitySettings } from "./settings.ts";
import type { ConfigurationSource, KeyPath } from "./source.ts";

export type HashingSettings = Pick<IdentitySettings, "secrets" | "passwords" | "serviceName">;

const { secrets, passwords, serviceName } = identitySchema.shape;
const hashingSchema = z.object({ identity: z.object({ secrets, passwords, serviceName }).optional() });

/** Undefined where there is no section `identity`. Throws ProblemsError. */
export async function loadHashing(options: LoadOptions): Promise<HashingSettings | undefined> {
  const source = await readSource(options);
  const judged = hashingSchema.safeParse(source.value);
  const missing = missingHere(source);
  if (missing.length > 0) throw new ProblemsError(missing);
  if (!judged.success) throw new ProblemsError(issueProblems(judged.error.issues, source));
  const { identity } = judged.data;
  if (identity === undefined) return undefined;
  const resolving = new Resolving(source, options.cwd, readerOf(options));
  const settings = {
    secrets: await resolveSecrets(identity.secrets, resolving),
    passwords: resolvePasswords(identity.passwords, resolving),
    serviceName: identity.serviceName,
  };
  const problems = resolving.problems.filter(({ severity }) => severity === "error");
  if (problems.length > 0) throw new ProblemsError(problems);
  return settings;
}

/** Names that the environment lacks, where they stand in what is read here. */
function missingHere(source: ConfigurationSource) {
  const places = new Set(
    Object.keys(hashingSchema.shape.identity.unwrap().shape)
      .flatMap((key) => leavesOf(source.value, ["identity", key]))
      .map((at) => placeText(source.position(at, "value"))),
  );
  return source.problems.filter(({ position }) => position !== undefined && places.has(placeText(position)));
}

function placeText({ line, column }: { readonly line: number; readonly column: number }): string {
  return `${line}:${column}`;
}

function leavesOf(root: unknown, at: KeyPath): readonly KeyPath[] {
  let value: unknown = root;
  for (const key of at) value = (value as Readonly<Record<string, unknown>> | undefined | null)?.[key];
  if (typeof value !== "object" || value === null) return value === undefined ? [] : [at];
  return Object.keys(value).flatMap((key) => leavesOf(root, [...at, Array.isArray(value) ? Number(key) : key]));
}
