// Looks for OpenAPI documents in a folder and a little below.
import { open, readdir } from "node:fs/promises";
import path from "node:path";

const DEPTH_MAX = 3;
const FILES_MAX = 2_000;
/** The version stands at the top of a document, or near it. */
const HEAD_BYTES = 64 * 1_024;
const SKIPPED = new Set(["node_modules", "dist", "build", "coverage", "vendor", "target"]);
const EXTENSION = /\.(ya?ml|json)$/i;
const VERSION = /(^|[{,\s])["']?openapi["']?\s*:\s*["']?3\.[0-9]/;

/** Paths with slashes, relative to the folder: those that look most like the one come first. */
export async function findDocuments(folder: string): Promise<string[]> {
  const found: string[] = [];
  let seen = 0;
  let level = [""];
  for (let depth = 0; depth <= DEPTH_MAX && level.length > 0; depth += 1) {
    const next: string[] = [];
    for (const below of level) {
      // oxlint-disable-next-line no-await-in-loop -- few folders, and their order counts
      const entries = await readdir(path.join(folder, below), { withFileTypes: true }).catch(() => []);
      for (const entry of entries) {
        const name = below === "" ? entry.name : `${below}/${entry.name}`;
        if (entry.isDirectory()) {
          if (!entry.name.startsWith(".") && !SKIPPED.has(entry.name)) next.push(name);
        } else if (entry.isFile() && EXTENSION.test(entry.name)) {
          seen += 1;
          if (seen > FILES_MAX) return found.sort(byLikelihood);
          // oxlint-disable-next-line no-await-in-loop
          if (VERSION.test(await headOf(path.join(folder, name)))) found.push(name);
        }
      }
    }
    level = next;
  }
  return found.sort(byLikelihood);
}

function byLikelihood(left: string, right: string): number {
  return rank(left) - rank(right) || left.length - right.length || (left < right ? -1 : 1);
}

function rank(name: string): number {
  const base = path.posix.basename(name).toLowerCase();
  return (base.startsWith("openapi") ? 0 : base.includes("api") ? 1 : 2) + name.split("/").length;
}

async function headOf(file: string): Promise<string> {
  const handle = await open(file).catch(() => undefined);
  if (handle === undefined) return "";
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await handle.close();
  }
}
