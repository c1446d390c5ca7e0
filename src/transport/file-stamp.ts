// Says cheaply whether a file may be another one than before: by identity, size and time, links followed.
import { stat } from "node:fs/promises";

/** Equal stamps mean that nothing was written since. Symbolic links that are exchanged (Kubernetes, certbot) change it. */
export async function fileStamp(file: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeMs } = await stat(file);
    return `${dev}:${ino}:${size}:${mtimeMs}`;
  } catch {
    return "absent";
  }
}
