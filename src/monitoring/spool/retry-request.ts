// Asks whoever delivers for dead letters to be offered again: a file beside them, as the gate may run or not.
import type { SpoolFiles } from "./files.ts";

/** By event id; all where left out. */
export interface RetryRequest {
  readonly ids?: readonly string[];
}

export function retryFile(destination: string): string {
  return `retry-${destination}.json`;
}

export function askRetry(files: SpoolFiles, destination: string, request: RetryRequest): Promise<void> {
  return files.replace(retryFile(destination), `${JSON.stringify(request)}\n`);
}

/** Undefined where nobody asks. */
export async function readRetry(files: SpoolFiles, destination: string): Promise<RetryRequest | undefined> {
  const bytes = await files.readAll(retryFile(destination));
  if (bytes === undefined) return undefined;
  try {
    const { ids } = JSON.parse(bytes.toString("utf8")) as RetryRequest;
    return Array.isArray(ids) ? { ids: ids.map(String) } : {};
  } catch {
    return {};
  }
}
