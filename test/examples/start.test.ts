// `npm start` as a new user meets it: what it prints is copied into a shell, over HTTP/1.1 and HTTP/2, and gives what it says.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";

const ROOT = path.join(import.meta.dirname, "..", "..");
/** The script without the preflight, whose own test is test/package/preflight.test.ts. */
const [, command] = (JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")).scripts.start as string).split(
  " && node ",
);
const data = mkdtempSync(path.join(tmpdir(), "portcullis-sample-"));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(data, { recursive: true });
});

interface Sample {
  readonly child: ChildProcess;
  readonly printed: () => string;
  shows(pattern: RegExp): Promise<void>;
  readonly ended: Promise<number | null>;
}

function start(port: string): Sample {
  const env = { ...process.env, PORT: port, XDG_DATA_HOME: data };
  const child = spawn(process.execPath, (command as string).split(" "), { cwd: ROOT, env });
  children.push(child);
  let text = "";
  const ended = new Promise<number | null>((resolve) => void child.once("close", resolve));
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (part) => (text += part));
  const shows = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => pattern.test(text) && resolve();
      child.stdout.on("data", look);
      look();
      void ended.then(() => reject(new Error(`it ended: ${text}`)));
    });
  return { child, printed: () => text, shows, ended };
}

function run(program: string, ...args: string[]): string | undefined {
  try {
    return execFileSync(program, args, { encoding: "utf8", stdio: "pipe" });
  } catch {
    return undefined;
  }
}

const curl = run("curl", "--version");
const hasHttp2 = curl?.includes(" HTTP2") ?? false;
const withoutCurl = curl === undefined ? " (skipped because curl is not installed)" : "";
const withoutHttp2 = hasHttp2 ? "" : " (skipped because curl, where installed, has no HTTP/2)";

interface Try {
  readonly status: number;
  readonly says: string;
  readonly command: string;
}

/** The printed answers with the commands below them, and the exports that come first. */
function readTour(printed: string): { exports: string[]; tries: Try[] } {
  const lines = printed.split("\n");
  const tries = lines.flatMap((line, i) => {
    const match = /^([1-5][0-9]{2}) {2}(.+)$/.exec(line);
    if (match === null) return [];
    return [{ status: Number(match[1]), says: match[2] as string, command: (lines[i + 1] as string).trim() }];
  });
  return { exports: lines.filter((line) => line.startsWith("  export ")), tries };
}

describe("npm start", () => {
  let sample: Sample;
  beforeAll(async () => {
    sample = start("0");
    await sample.shows(/keys-loaded/);
  });

  it("says in a few lines, without colours in a pipe, where it is and what to try", () => {
    const printed = sample.printed().trimEnd().split("\n");
    // npm itself writes four lines more.
    expect(printed.length).toBeLessThanOrEqual(21);
    expect(sample.printed()).not.toContain("\u001b");
    const { exports, tries } = readTour(sample.printed());
    expect(exports).toHaveLength(3);
    expect(tries.map(({ status }) => status)).toEqual([401, 200, 403, 403, 400, 429, 404]);
    // A comment behind a command would become its argument in zsh.
    for (const { command: typed } of tries) expect(typed).not.toContain("#");
  });

  const versions = [
    { name: `as printed${withoutCurl}`, option: "", skipped: curl === undefined },
    { name: `over HTTP/1.1${withoutCurl}`, option: " --http1.1", skipped: curl === undefined, line: "HTTP/1.1" },
    { name: `over HTTP/2${withoutHttp2}`, option: " --http2", skipped: !hasHttp2, line: "HTTP/2" },
  ];
  it.for(versions)("each command gives its answer $name", async ({ option, skipped, line = "HTTP/" }, context) => {
    context.skip(skipped);
    const { exports, tries } = readTour(sample.printed());
    for (const { status, says, command: typed } of tries) {
      const shell = [...exports, typed.replaceAll("curl ", `curl${option} `)].join("\n");
      const output = run("sh", "-c", shell) ?? "";
      // Of several answers, the last one counts.
      const answer = output.slice(output.lastIndexOf("\nHTTP/") + 1);
      expect(answer).toMatch(new RegExp(`^${line}\\S* ${status}`));
      const sentence = /(password must be .*|Too many requests.*)$/.exec(says)?.[0] ?? "";
      expect(answer).toContain(sentence);
    }
    await sample.shows(/"status_code":404/);
  });

  it("the gateway's process is small while idle", () => {
    const status = readFileSync(`/proc/${sample.child.pid}/status`, "utf8");
    const megabytes = (Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024) / 1e6;
    expect(megabytes).toBeLessThan(130);
  });

  it("says which port is taken and what to do, and leaves nothing behind", async () => {
    const { port } = new URL(/https:\S+/.exec(sample.printed())?.[0].replace(/\W*$/, "") as string);
    const second = start(port);
    expect(await second.ended).toBe(1);
    expect(second.printed()).toBe(`Port ${port} is taken by another program. End that one, or: PORT=9443 npm start\n`);
  });

  it("ends with the interrupt, without an error", async () => {
    sample.child.kill("SIGINT");
    expect(await sample.ended).toBe(0);
    expect(sample.printed()).not.toMatch(/\n\s+at /);
  });
});

it.skipIf(process.platform === "win32")(
  "npm start ends whole with npm: also what npm's shell leaves behind",
  async () => {
    const env = { ...process.env, PORT: "0", XDG_DATA_HOME: data };
    // A process group of its own, so that a failing test leaves nothing running.
    const npm = spawn("npm", ["start"], { cwd: ROOT, env, detached: true });
    onTestFinished(() => {
      try {
        process.kill(-(npm.pid as number), "SIGKILL");
      } catch {
        // All have ended, as they should.
      }
    });
    const shown = new Promise<void>((resolve) => {
      let text = "";
      npm.stdout.setEncoding("utf8").on("data", (part) => {
        text += part;
        if (text.includes("keys-loaded")) resolve();
      });
    });
    await shown;
    // The pipe is closed once nobody holds its other end: neither the gateway nor the API.
    const closed = new Promise((resolve) => void npm.once("close", () => resolve("nothing is left")));
    npm.kill("SIGTERM");
    expect(await closed).toBe("nothing is left");
  },
);
