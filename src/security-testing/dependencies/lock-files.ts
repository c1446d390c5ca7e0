// Finds the files that say what is installed, and reads each by its form.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { readBill } from "./bill-reading.ts";
import { type Inventory, InventoryError } from "./inventory.ts";
import { readNpmLock } from "./npm-lock.ts";
import { readPnpmLock } from "./pnpm-lock.ts";
import { readYarnLock } from "./yarn-lock.ts";

const LOCK = /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock)$/;
const BILL = /(?:^|\/)(?:bom|sbom)\.json$|\.(?:cdx|spdx)\.json$/;

/** What a package manager writes; bills of materials are none of it. */
export function isLockFile(file: string): boolean {
  return LOCK.test(file);
}

export function lockFilesAmong(files: readonly string[]): readonly string[] {
  return files.filter((file) => isLockFile(file) || BILL.test(file));
}

/** Rejects with InventoryError, which says what is wrong with the file. */
export async function readInventory(cwd: string, file: string): Promise<Inventory> {
  try {
    const text = await readFile(path.resolve(cwd, file), "utf8");
    if (/(?:package-lock|npm-shrinkwrap)[^/]*\.json$/.test(file)) return readNpmLock(file, text);
    if (/pnpm-lock[^/]*\.ya?ml$/.test(file)) return readPnpmLock(file, text);
    if (/yarn[^/]*\.lock$/.test(file)) return readYarnLock(file, text, await manifestBeside(cwd, file));
    return readBill(file, text);
  } catch (error) {
    throw new InventoryError((error as Error).message);
  }
}

async function manifestBeside(cwd: string, file: string): Promise<readonly string[]> {
  const manifest = path.join(path.dirname(path.resolve(cwd, file)), "package.json");
  return readFile(manifest, "utf8").then(
    (text) => [text],
    () => [],
  );
}
