// `npm start` without npm, for tests: what it prints is awaited, and all of it ends with them.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { UNCOMPILED } from "../cli/process.ts";

export const ROOT = path.join(import.meta.dirname, "..", "..");
/** The script without the preflight, whose own test is test/package/preflight.test.ts. */
const [, command] = (JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")).scripts.start as string).split(
  " && node ",
);
/** Where its certificate authority is. */
export const DATA = mkdtempSync(path.join(tmpdir(), "portcullis-sample-"));
const children: ChildProcess[] = [];

export function endSamples(): void {
  for (const child of children) child.kill("SIGKILL");
  rmSync(DATA, { recursive: true });
}

export interface Sample {
  readonly child: ChildProcess;
  readonly printed: () => string;
  /** Rejects where it ends before. */
  shows(pattern: RegExp): Promise<RegExpExecArray>;
  readonly ended: Promise<number | null>;
}

/** `port`: where the gateway listens; 0 is any that is free. */
export function startSample(port: string): Sample {
  const env = { ...process.env, ...UNCOMPILED, PORT: port, XDG_DATA_HOME: DATA };
  const child = spawn(process.execPath, (command as string).split(" "), { cwd: ROOT, env });
  children.push(child);
  let text = "";
  const ended = new Promise<number | null>((resolve) => void child.once("close", resolve));
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (part) => (text += part));
  const shows = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(text);
        if (found !== null) resolve(found);
      };
      for (const stream of [child.stdout, child.stderr]) stream.on("data", look);
      look();
      void ended.then(() => reject(new Error(`it ended: ${text}`)));
    });
  return { child, printed: () => text, shows, ended };
}
