// Which file of keys is meant: the one that is named, or the one that the configuration names.
import path from "node:path";
import { parseApiKeyFile } from "../configuration/compose/api-keys.ts";
import type { WrittenApiKey } from "../configuration/schema/api-keys.ts";
import { type Given, UsageError } from "./command.ts";
import { loadConfiguration } from "./configuration-flags.ts";
import type { Kept } from "./edited-file.ts";
import type { Io } from "./io.ts";

export const KEY_FILE: Kept<WrittenApiKey> = {
  member: "keys",
  parse: parseApiKeyFile,
  maker: "portcullis keys create",
};

/** As messages show it and as it is opened. */
export async function chooseKeyFile(given: Given, io: Io): Promise<string> {
  const named = given.text("file");
  if (named !== undefined) return path.resolve(io.cwd, named);
  const { settings } = await loadConfiguration(given, io);
  const wanted = given.text("scheme");
  const files = new Map<string, string>();
  for (const [scheme, entry] of settings.authentication.schemes) {
    if (entry.kind === "api-keys" && entry.keys.kind === "file") files.set(scheme, entry.keys.file);
  }
  if (wanted !== undefined) {
    const file = files.get(wanted);
    if (file !== undefined) return file;
    throw new UsageError(`authentication.${wanted} names no file of keys`, `Set its \`keys: keys.json\`.`);
  }
  const [first, ...others] = new Set(files.values());
  if (first === undefined) {
    throw new UsageError(
      "the configuration names no file of keys",
      "Set `keys: keys.json` for a scheme of type apiKey under `authentication`, or name the file: --file keys.json",
    );
  }
  if (others.length > 0) {
    throw new UsageError("several schemes have a file of keys", `Name one: --scheme ${[...files.keys()].join(" or ")}`);
  }
  return first;
}
