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

/** What the usual failures of writing mean to a person. */
const WRITE_FAILURES: Readonly<Record<string, string>> = {
  EACCES: "this user may not write there",
  EEXIST: "it is there, and no folder",
  EISDIR: "it is a folder",
  ENOENT: "nothing can be made there",
  ENOSPC: "there is no room left",
  ENOTDIR: "what is above it is no folder",
  EPERM: "this user may not write there",
  EROFS: "nothing can be written there",
};

/** Why a file cannot be written: in words, or the system's name of it. */
export function whyUnwritable(error: unknown): string {
  const code = codeOf(error);
  return Object.hasOwn(WRITE_FAILURES, code) ? (WRITE_FAILURES[code] as string) : code;
}
