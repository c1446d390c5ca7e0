// Loads the database of advisories about npm from where OSV publishes it, and knows where it is kept.
import { rename, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { createServerClient } from "../../egress/server-client.ts";
import { makeFolder } from "../making-folders.ts";
import { DatabaseError } from "./advisory-database.ts";

/** https://google.github.io/osv.dev/data/ */
export const OFFICIAL_PLACE = "https://osv-vulnerabilities.storage.googleapis.com/npm/all.zip";
const CONNECT_TIMEOUT_MS = 15_000;
const TIMEOUT_MS = 600_000;
const BYTES_MAX = 1024 * 1024 * 1024;

/** The folder that `--update` writes to and that is read where `--db` names none. */
export function keptPlace(env: Readonly<Record<string, string | undefined>>): string {
  const caches = env["XDG_CACHE_HOME"] ?? path.join(env["HOME"] ?? os.homedir(), ".cache");
  return path.join(caches, "portcullis", "osv");
}

/** Loads it into `folder`: whole, or not at all. */
export async function updateDatabase(folder: string, from: string, signal: AbortSignal): Promise<void> {
  const url = new URL(from);
  const client = createServerClient({
    url: url.origin,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    firstByteTimeoutMs: CONNECT_TIMEOUT_MS,
  });
  try {
    const question = {
      method: "GET",
      path: url.pathname,
      fields: {},
      timeoutMs: TIMEOUT_MS,
      bytesMax: BYTES_MAX,
    } as const;
    const { status, body } = await client.ask({ ...question, signal });
    if (status !== 200) throw new DatabaseError(`${url.origin} answered ${status}`);
    if (body.subarray(0, 2).toString("latin1") !== "PK") throw new DatabaseError(`${url.origin} answered no zip`);
    const place = path.join(folder, "npm", "all.zip");
    await makeFolder(path.dirname(place));
    await writeFile(`${place}.new`, body);
    await rename(`${place}.new`, place);
  } finally {
    await client.close();
  }
}
