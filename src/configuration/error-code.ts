// The system's name of a failure, for messages: `ENOENT`.

/** Never the error's message, which may carry more. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "unknown error";
}
