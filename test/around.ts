// Around all tests of a run: one folder takes what they leave behind, however they end, and the processes that they start find what Node has compiled.
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** Then the process that runs the tests, and what makes the name unique. */
const NAME = "portcullis-tests-";

export function setup(): () => void {
  // nginx, testssl.sh and shells are given names from there: blanks are for one's own folder to have.
  const outside = /\s/.test(tmpdir()) ? "/tmp" : tmpdir();
  // Kept between runs. The command starts in half the time with it, and the tests start it hundreds of times.
  // One to a user: what another one wrote could neither be added to nor trusted.
  process.env["NODE_COMPILE_CACHE"] ??= path.join(outside, `portcullis-compiled-${process.getuid?.() ?? ""}`);
  for (const name of readdirSync(outside)) if (isLeft(path.join(outside, name))) remove(path.join(outside, name));
  const folder = mkdtempSync(path.join(outside, `${NAME}${process.pid}-`));
  // Servers that refuse to run as root have their data in it, too.
  chmodSync(folder, 0o711);
  process.env["TMPDIR"] = folder;
  return () => remove(folder);
}

/** By a run of this user that was killed: those of others are not ours to remove. */
function isLeft(folder: string): boolean {
  const name = path.basename(folder);
  const pid = name.startsWith(NAME) ? Number.parseInt(name.slice(NAME.length), 10) : Number.NaN;
  if (Number.isNaN(pid)) return false;
  // Gone since it was listed, where two runs begin at once.
  if (statSync(folder, { throwIfNoEntry: false })?.uid !== process.getuid?.()) return false;
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
