// Around all tests of a run: one folder takes what they leave behind, however they end, and the processes that they start find what Node has compiled.
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** Then the process that runs the tests, and what makes the name unique. */
const NAME = "portcullis-tests-";

export function setup(): () => void {
  const outside = tmpdir();
  // Kept between runs. The command starts in half the time with it, and the tests start it hundreds of times.
  process.env["NODE_COMPILE_CACHE"] ??= path.join(outside, "portcullis-compiled");
  for (const name of readdirSync(outside)) if (isLeft(name)) remove(path.join(outside, name));
  const folder = mkdtempSync(path.join(outside, `${NAME}${process.pid}-`));
  // Servers that refuse to run as root have their data in it, too.
  chmodSync(folder, 0o711);
  process.env["TMPDIR"] = folder;
  return () => remove(folder);
}

/** By a run that was killed. */
function isLeft(name: string): boolean {
  const pid = name.startsWith(NAME) ? Number.parseInt(name.slice(NAME.length), 10) : Number.NaN;
  if (Number.isNaN(pid)) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

/** Whatever still writes into it. */
function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
