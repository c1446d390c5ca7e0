// The system's name of a failure, for messages: `ENOENT`.

/** Never the error's message, which may carry more. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "unknown error";
}

/** What the usual failures of files mean to a person. */
const WORDS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "this user may not read it",
};

/** Why a file cannot be read: in words, or the system's name of it. */
export function whyUnreadable(error: unknown): string {
  const code = codeOf(error);
  return WORDS[code] ?? code;
}
