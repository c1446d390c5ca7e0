// `npm start` as a new user meets it: what it prints is copied into a shell, over HTTP/1.1 and HTTP/2, and gives what it says.
import { execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { DATA, endSamples, ROOT, type Sample, startSample } from "./sample.ts";

afterAll(endSamples);

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
    sample = startSample("0");
    await Promise.all([sample.shows(/keys-loaded/), sample.shows(/not in the document\n.+\n/)]);
  });

  it("says in a few lines, without colours in a pipe, where it is and what to try", () => {
    // Beside what is on record, and what npm itself writes.
    const printed = sample
      .printed()
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("{"));
    expect(printed.slice(24)).toEqual([]);
    expect(sample.printed()).not.toContain("\u001b");
    const { exports, tries } = readTour(sample.printed());
    expect(exports).toHaveLength(3);
    expect(tries.map(({ status }) => status)).toEqual([401, 200, 403, 403, 400, 400, 429, 404]);
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
      const sentence = /(password must be .*|quantity must be .*|Too many requests.*)$/.exec(says)?.[0] ?? "";
      expect(answer).toContain(sentence);
    }
    await sample.shows(/"status_code":404/);
  });

  it.skipIf(process.platform !== "linux")("gateway and authorization server are small while idle", async () => {
    const own = sample.child.pid as number;
    const children = readFileSync(`/proc/${own}/task/${own}/children`, "utf8").trim().split(" ").map(Number);
    const identity = children.find((id) => readFileSync(`/proc/${id}/cmdline`, "utf8").includes("identity.ts"));
    // What Node itself takes is shared by both, and counts once.
    const megabytes = (id: number) => {
      const rollup = readFileSync(`/proc/${id}/smaps_rollup`, "utf8");
      const of = (name: string) => (Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(rollup)?.[1]) * 1024) / 1e6;
      return { resident: of("Rss"), alone: of("Anonymous") };
    };
    const together = () => megabytes(own).resident + megabytes(identity as number).alone;
    expect(children).toHaveLength(2);
    await expect.poll(together, { timeout: 60_000, interval: 250 }).toBeLessThan(190);
    expect(megabytes(own).resident).toBeLessThan(140);
  });

  it("says which port is taken and what to do, and leaves nothing behind", async () => {
    const { port } = new URL(/https:\S+/.exec(sample.printed())?.[0].replace(/\W*$/, "") as string);
    const second = startSample(port);
    expect(await second.ended).toBe(1);
    const said = `Port ${port} is taken by another program. End that one, or: PORT=9443 npm start\n`;
    expect(second.printed()).toContain(said);
    expect(second.printed()).not.toMatch(/\n\s+at /);
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
    const env = { ...process.env, PORT: "0", XDG_DATA_HOME: DATA };
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
