// A real OpenSearch for tests, from the folder that OPENSEARCH_HOME names: started on free ports, with data of its own, as an ordinary user.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Program, startProgram } from "../interoperability/program.ts";
import { freePort } from "./free-port.ts";

export const OPENSEARCH_HOME = process.env["OPENSEARCH_HOME"];
/** Without one the tests are shown as skipped, by this name. */
export const NEEDS_OPENSEARCH = "skipped where OPENSEARCH_HOME is not set: see CONTRIBUTING.md";

/** It lives for a minute: compiling its own code well takes more than it gives. */
const JAVA_OPTIONS = "-Xms512m -Xmx512m -XX:TieredStopAtLevel=1";
/** `nobody`: it refuses to run as root. */
const NOBODY = "65534";

export interface OpenSearch {
  readonly url: string;
  /** The JSON of an answer, whatever its status. */
  ask<T = unknown>(method: string, at: string, body?: unknown): Promise<T>;
  /** Ends the process at once; its data stays. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Ends it for good. */
  close(): Promise<void>;
}

export async function startOpenSearch(): Promise<OpenSearch> {
  const folder = mkdtempSync(path.join(tmpdir(), "opensearch-"));
  const asRoot = process.getuid?.() === 0;
  // A copy: it writes into its own folder, and whoever runs it must be able to read it, wherever that one stands.
  const home = path.join(folder, "home");
  cpSync(OPENSEARCH_HOME as string, home, { recursive: true });
  rmSync(path.join(home, "data"), { recursive: true, force: true });
  const port = await freePort();
  const settings = {
    "discovery.type": "single-node",
    "network.host": "127.0.0.1",
    "http.port": port,
    "transport.port": await freePort(),
    // How full the disk of a test machine is, is none of the test's business.
    "cluster.routing.allocation.disk.threshold_enabled": false,
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key}: ${value}\n`);
  writeFileSync(path.join(home, "config/opensearch.yml"), lines.join(""));
  if (asRoot) execFileSync("chown", ["-R", NOBODY, folder]);
  const url = `http://127.0.0.1:${port}`;
  const script = path.join(home, "bin/opensearch");
  const asNobody = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups", script];
  let program: Program | undefined;
  const server: OpenSearch = {
    url,
    async ask<T>(method: string, at: string, body?: unknown): Promise<T> {
      const content =
        body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
      const answer = await fetch(url + at, { method, ...content });
      return (await answer.json()) as T;
    },
    async start() {
      program = await startProgram({
        command: asRoot ? "setpriv" : script,
        args: asRoot ? asNobody : [],
        env: { OPENSEARCH_HOME: home, OPENSEARCH_JAVA_HOME: javaHome(), OPENSEARCH_JAVA_OPTS: JAVA_OPTIONS },
        log: path.join(folder, "log"),
        readyUrl: `${url}/_cluster/health?wait_for_status=yellow&timeout=1s`,
      });
    },
    async stop() {
      await program?.stop();
      program = undefined;
    },
    async close() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

/** Named, or where the program `java` really is. */
function javaHome(): string {
  const named = process.env["OPENSEARCH_JAVA_HOME"] ?? process.env["JAVA_HOME"];
  if (named !== undefined) return named;
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  const found = folders.map((folder) => path.join(folder, "java")).find((file) => existsSync(file));
  if (found === undefined) throw new Error("OpenSearch needs Java 17: set OPENSEARCH_JAVA_HOME");
  return path.dirname(path.dirname(realpathSync(found)));
}
