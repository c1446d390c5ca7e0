// Writes chunks of records one after the other, and knows how far it came when the disk takes no more.
import type { SpoolFile } from "./files.ts";
import type { Chunk } from "./record-group.ts";

export interface Progress {
  chunk: number;
  offset: number;
}

/** Goes on at `progress`, and moves it. `at` is where in the file; the result is where it ends. Rejects where the disk does. */
export async function writeChunks(
  file: SpoolFile,
  chunks: readonly Chunk[],
  progress: Progress,
  at: number,
  wrote: (bytes: number) => void,
): Promise<void> {
  let position = at;
  for (; progress.chunk < chunks.length; progress.chunk += 1, progress.offset = 0) {
    const { buffer, length } = chunks[progress.chunk] as Chunk;
    const bytes = buffer.subarray(0, length);
    while (progress.offset < length) {
      const written = await file.write(bytes, progress.offset, position);
      progress.offset += written;
      position += written;
      wrote(written);
    }
  }
}

export function recordsIn(chunks: readonly Chunk[]): number {
  return chunks.reduce((count, { first, last }) => count + last - first + 1, 0);
}

export function bytesIn(chunks: readonly Chunk[]): number {
  return chunks.reduce((bytes, { length }) => bytes + length, 0);
}
