// Reads a credential from a file or from standard input: never from an argument, which every user of the machine could see.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { whyUnreadable } from "../configuration/error-code.ts";
import { UsageError } from "./command.ts";
import type { Io } from "./io.ts";

/** `-` is standard input. White space around it and a `Bearer ` before it are not part of it. */
export async function readCredential(named: string, io: Io, what: string): Promise<string> {
  const text = named === "-" ? await io.readInput() : await readNamed(named, io, what);
  const credential = text.trim().replace(/^bearer +/i, "");
  if (credential === "") throw new UsageError(`there is no ${what} in ${named === "-" ? "standard input" : named}`);
  return credential;
}

async function readNamed(named: string, io: Io, what: string): Promise<string> {
  try {
    return await readFile(path.resolve(io.cwd, named), "utf8");
  } catch (error) {
    // Who wrote the credential itself there must not find it in the message.
    throw new UsageError(
      `the file of the ${what} cannot be read: ${whyUnreadable(error)}`,
      `Name a file, or - for standard input: the ${what} itself would stay in the history of the shell.`,
    );
  }
}
