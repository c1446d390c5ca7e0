// The system's name of a failure, for messages: `ENOENT`.
import { FILE_FAILURES } from "../openapi/file-failures.ts";

/** Never the error's message, which may carry more. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "unknown error";
}

/** Why a file cannot be read: in words, or the system's name of it. */
export function whyUnreadable(error: unknown): string {
  const code = codeOf(error);
  return FILE_FAILURES[code] ?? code;
}
