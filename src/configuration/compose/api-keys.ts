// The API keys of every scheme, from the configuration or from the file that `portcullis keys` writes.
import { type ApiKey } from "../../authentication/index.ts";
import { readJsonObject } from "../../cryptography/json.ts";
import { codeOf } from "../error-code.ts";
import { apiKeyFileSchema, type WrittenApiKey } from "../schema/api-keys.ts";
import type { Judgement } from "./judgement.ts";

/** The file, its list, a key, a list in a key. */
const DEPTH_MAX = 4;

/** Keys by scheme. A file that is missing or broken is noted, and stops the start. */
export async function readApiKeys(
  judgement: Judgement,
  readText: (file: string) => Promise<string>,
): Promise<ReadonlyMap<string, readonly ApiKey[]>> {
  const found = new Map<string, readonly ApiKey[]>();
  for (const [scheme, entry] of judgement.settings.authentication.schemes) {
    if (entry.kind !== "api-keys") continue;
    const { keys } = entry;
    const written = keys.kind === "list" ? keys.keys : await readFileKeys(keys.file, scheme, judgement, readText);
    found.set(scheme, written.map(toApiKey));
  }
  return found;
}

async function readFileKeys(
  file: string,
  scheme: string,
  judgement: Judgement,
  readText: (file: string) => Promise<string>,
): Promise<readonly WrittenApiKey[]> {
  const place = { settings: ["authentication", scheme, "keys"] };
  let text: string;
  try {
    text = await readText(file);
  } catch (error) {
    const remedy = "`portcullis keys create --name NAME` makes it with its first key.";
    judgement.error("keys-unreadable", place, `${file} cannot be read: ${codeOf(error)}`, remedy);
    return [];
  }
  const keys = parseApiKeyFile(text);
  if (typeof keys !== "string") return keys;
  judgement.error("keys-invalid", place, `${file}: ${keys}`, "Let `portcullis keys` write it.");
  return [];
}

/** The keys of a file's text, or what is wrong with it. */
export function parseApiKeyFile(text: string): readonly WrittenApiKey[] | string {
  const object = readJsonObject(Buffer.from(text, "utf8"), DEPTH_MAX);
  if (object === undefined) return "this is not strict JSON with an object at its root";
  const judged = apiKeyFileSchema.safeParse(object);
  if (judged.success) return judged.data.keys;
  const [issue] = judged.error.issues;
  return `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not a list of keys"}`;
}

function toApiKey({ id, hash, name, scopes = [], roles = [], expires, revoked }: WrittenApiKey): ApiKey {
  const expiresAtMs = expires === undefined ? undefined : Date.parse(expires);
  return { id, hash, name, scopes, roles, expiresAtMs, isRevoked: revoked !== undefined };
}
