// What the usual failures of reading a file mean to a person: one set of words for documents, configuration and reports.

/** By the system's name of the failure. */
export const FILE_FAILURES: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "this user may not read it",
  EFBIG: "it is far larger than what can be meant",
  ENOSPC: "the disk is full",
};
