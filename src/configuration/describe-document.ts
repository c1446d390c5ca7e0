// What the document of a configuration says, without making a policy of it.
import { readFile, realpath } from "node:fs/promises";
import path from "node:path";
import type { ApiDescription } from "../openapi/api-description.ts";
import { DocumentSet } from "../openapi/document.ts";
import { describeApi } from "../openapi/operations.ts";
import type { LoadedSettings } from "./load.ts";

/** Throws ProblemsError for a document that is missing or broken. */
export async function describeDocument({ settings }: LoadedSettings, cwd: string): Promise<ApiDescription> {
  const set = await DocumentSet.load(
    settings.openapi,
    (file) => readFile(path.resolve(cwd, file), "utf8"),
    (file) => realpath(path.resolve(cwd, file)),
  );
  return describeApi(set);
}
