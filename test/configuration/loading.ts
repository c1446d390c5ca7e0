// Loads a configuration text as a test needs it: the settings, or what is wrong as lines for people.
import { loadSettings, type LoadOptions } from "../../src/configuration/load.ts";
import { type Problem, ProblemsError } from "../../src/openapi/located.ts";
import type { Settings } from "../../src/configuration/settings.ts";
import { folderWith } from "./folder.ts";

type More = Partial<LoadOptions> & { readonly files?: Readonly<Record<string, string>> };

export async function settingsOf(text: string, more: More = {}): Promise<Settings> {
  return (await load(text, more)).settings;
}

export async function load(text: string, { files, ...more }: More = {}) {
  const cwd = folderWith({ "portcullis.yaml": text, ...files });
  return loadSettings({ file: "portcullis.yaml", cwd, env: {}, ...more });
}

/** What the text is refused for: `line:column message | remedy`. */
export async function refusals(text: string, more: More = {}): Promise<string[]> {
  try {
    await load(text, more);
  } catch (error) {
    if (error instanceof ProblemsError) return error.problems.map(asLine);
    throw error;
  }
  return [];
}

export function asLine({ position, message, remedy }: Problem): string {
  const place =
    position === undefined ? "" : position.line === 0 ? position.file : `${position.line}:${position.column}`;
  return `${place} ${message} | ${remedy ?? ""}`;
}
