// Reads a secret of the configuration: from the environment, or from a file of its own.
import { whyUnreadable } from "../error-code.ts";
import { name as nameOf } from "../issues.ts";
import type { KeyPath } from "../source.ts";
import type { Resolving } from "./resolving.ts";

/** Undefined where its file cannot be read, which is an error then. One that stands in the configuration is warned about. */
export async function resolveSecret(
  written: string | { readonly file: string },
  at: KeyPath,
  to: Resolving,
): Promise<string | undefined> {
  if (typeof written === "string") {
    if (!to.source.fromEnvironment(at)) {
      to.warn(
        at,
        "secret-in-file",
        `${nameOf(at)} stands in the configuration in clear`,
        "Write ${NAME} for a variable of the environment, or { file: path }.",
      );
    }
    return written;
  }
  try {
    const text = await to.readText(to.file([...at, "file"], written.file));
    return text.replace(/\r?\n$/, "");
  } catch (error) {
    to.error(
      [...at, "file"],
      "file-unreadable",
      `${written.file} cannot be read: ${whyUnreadable(error)}`,
      "Put the secret there, readable by this user only.",
    );
    return undefined;
  }
}
