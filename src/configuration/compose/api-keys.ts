// The API keys of every scheme, from the configuration or from the file that `portcullis keys` writes.
import type { ApiKey, ApiKeyAuthenticator } from "../../authentication/index.ts";
import { apiKeyFileSchema, type WrittenApiKey } from "../schema/api-keys.ts";
import { ProblemsError } from "../../openapi/located.ts";
import { readStrict } from "../strict-file.ts";
import type { FollowedLists } from "./followed-lists.ts";
import type { Judgement } from "./judgement.ts";
import { readNamedFile } from "./named-file.ts";

/** Keys by scheme. A file that is missing or broken is noted, and stops the start. */
export async function readApiKeys(
  judgement: Judgement,
  lists: FollowedLists,
): Promise<ReadonlyMap<string, readonly ApiKey[]>> {
  const found = new Map<string, readonly ApiKey[]>();
  for (const [scheme, entry] of judgement.settings.authentication.schemes) {
    if (entry.kind !== "api-keys") continue;
    const { keys } = entry;
    const written = keys.kind === "list" ? keys.keys : await readFileKeys(keys.file, scheme, judgement, lists.reading);
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
  const settings = ["authentication", scheme, "keys"];
  const remedy = "`portcullis keys create --name NAME` makes it with its first key.";
  const text = await readNamedFile(judgement, settings, { file, readText, remedy });
  if (text === undefined) return [];
  const keys = parseApiKeyFile(text);
  if (typeof keys !== "string") return keys;
  judgement.error("keys-invalid", { settings }, `${file}: ${keys}`, "Let `portcullis keys` write it.");
  return [];
}

/** What its file holds later are the keys from then on. */
export function followApiKeys(file: string, authenticator: ApiKeyAuthenticator, lists: FollowedLists): void {
  lists.follow(file, (text) => {
    const written = parseApiKeyFile(text);
    if (typeof written === "string") return written;
    try {
      authenticator.replace(written.map(toApiKey));
      return undefined;
    } catch (error) {
      if (error instanceof ProblemsError) return error.problems.map(({ message }) => message).join("; ");
      throw error;
    }
  });
}

/** The keys of a file's text, or what is wrong with it. */
export function parseApiKeyFile(text: string): readonly WrittenApiKey[] | string {
  const judged = readStrict(text, apiKeyFileSchema);
  return typeof judged === "string" ? judged : judged.keys;
}

function toApiKey({ id, hash, name, scopes = [], roles = [], expires, revoked }: WrittenApiKey): ApiKey {
  const expiresAtMs = expires === undefined ? undefined : Date.parse(expires);
  return { id, hash, name, scopes, roles, expiresAtMs, isRevoked: revoked !== undefined };
}
