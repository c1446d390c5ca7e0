// The bytes of a rotated file, packed or not.
import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";

/** Rejects with the code of what failed, also where that is the file below. */
export async function* unpackedBytes(file: string): AsyncGenerator<Buffer> {
  const bytes = createReadStream(file);
  try {
    if (!file.endsWith(".gz")) {
      yield* bytes as AsyncIterable<Buffer>;
      return;
    }
    const unpacked = createGunzip();
    bytes.once("error", (error) => unpacked.destroy(error));
    yield* bytes.pipe(unpacked) as AsyncIterable<Buffer>;
  } finally {
    // Whoever has seen enough leaves nothing open.
    bytes.destroy();
  }
}
