// Runs the dynamic tests with probes of the test's own: an API in a process that the run starts, a gate in front of it.
import path from "node:path";
import { onTestFinished } from "vitest";
import { gateStarter } from "../../../src/cli/test/gate.ts";
import { compose, offlinePorts } from "../../../src/configuration/compose.ts";
import { loadSettings } from "../../../src/configuration/load.ts";
import { dynamicTesterWith } from "../../../src/security-testing/dynamic/dynamic-tester.ts";
import type { StartGate } from "../../../src/security-testing/dynamic/gate-port.ts";
import type { Probe } from "../../../src/security-testing/dynamic/probe.ts";
import { loadTestFile } from "../../../src/security-testing/dynamic/test-file/load.ts";
import type { WrittenTestFile } from "../../../src/security-testing/dynamic/test-file/schema.ts";
import type { Finding, Untested } from "../../../src/security-testing/finding.ts";
import { freePort } from "../../servers/free-port.ts";
import { folderWith } from "../../configuration/folder.ts";

export const DOCUMENT = `openapi: 3.1.0
info: { title: Notes, version: "1" }
paths:
  /notes:
    get:
      operationId: listNotes
      security: [{ oauth: [read] }]
      responses: { "200": { description: all } }
  /notes/{id}:
    get:
      operationId: getNote
      security: [{ oauth: [read] }]
      parameters: [{ name: id, in: path, required: true, schema: { type: string, examples: [one] } }]
      responses: { "200": { description: one } }
  /health:
    get:
      operationId: health
      security: []
      responses: { "200": { description: well } }
components:
  securitySchemes:
    oauth: { type: oauth2, flows: { clientCredentials: { tokenUrl: "https://i.example/t", scopes: { read: r } } } }
`;

/** Answers everything with its own id, counts what came, and is put back by POST /reset. */
export const API = `import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
writeFileSync("api.pid", String(process.pid));
let came = 0;
let keys = 0;
createServer((request, response) => {
  if (request.url === "/reset") came = 0;
  if (request.url === "/keys") keys += 1;
  else came += 1;
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify({ pid: process.pid, came, keys, by: request.headers.authorization ?? "nobody" }));
}).listen(Number(process.argv[2]), "127.0.0.1");
`;

/** A folder with an API, its document and configuration; `more` is added to the test file. */
export async function project(
  more = "",
  files: Readonly<Record<string, string>> = {},
): Promise<{ cwd: string; port: number }> {
  const port = await freePort();
  const cwd = folderWith({
    "api.mjs": API,
    "api.yaml": DOCUMENT,
    "portcullis.yaml": `openapi: api.yaml\nupstream: http://127.0.0.1:${port}\nauthentication:\n  oauth: { issuer: https://i.example/, audience: https://api.example }\n`,
    "portcullis-test.yaml": `api:\n  start: [${process.execPath}, api.mjs, "${port}"]\n  reset: { post: "http://127.0.0.1:${port}/reset" }\n  keys: { post: "http://127.0.0.1:${port}/keys" }\n${more}`,
    ...files,
  });
  return { cwd, port };
}

export interface Tested {
  readonly findings: Finding[];
  readonly untested: Untested[];
  readonly progress: string[];
}

type Options = Readonly<Record<string, string | true>>;

/** `signal`: what stops the run. */
export function tested(
  probes: readonly Probe[],
  cwd: string,
  options: Options = {},
  signal = new AbortController().signal,
): Promise<Tested> {
  return testedIn(probes, { cwd, options, signal });
}

export interface TestedOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly options?: Options;
  readonly signal?: AbortSignal;
  /** Another test file than the one that is there. */
  readonly change?: (written: WrittenTestFile) => WrittenTestFile;
  readonly startGate?: StartGate;
}

/** A run in this folder, whose state goes with the test. */
export async function testedIn(probes: readonly Probe[], more: TestedOptions): Promise<Tested> {
  const { cwd, options = {}, signal = new AbortController().signal, change = (written) => written } = more;
  const env = { PATH: process.env["PATH"], ...more.env };
  const read = await loadTestFile({ named: undefined, configuration: "portcullis.yaml", cwd, env });
  const testFile = { ...read, written: change(read.written) };
  const loaded = await loadSettings({ file: "portcullis.yaml", cwd, env: { ...testFile.written.environment, ...env } });
  const composition = await compose(loaded, offlinePorts(cwd));
  onTestFinished(() => composition.close());
  const state = more.change === undefined ? undefined : path.join(folderWith({}), "state");
  const all: Options = { ...(state === undefined ? {} : { state }), ...options };
  const text = (name: string) => (typeof all[name] === "string" ? all[name] : undefined);
  const given = {
    text,
    all: (name: string) => [text(name) ?? []].flat(),
    has: (name: string) => all[name] !== undefined,
  };
  const { startGate = gateStarter(cwd) } = more;
  const context = { cwd, env, signal, options: given, loaded, api: composition.api, composition, testFile, startGate };
  const found: Tested = { findings: [], untested: [], progress: [] };
  for await (const report of dynamicTesterWith(probes).run(context)) {
    if ("progress" in report) {
      const { done, of, what } = report.progress;
      found.progress.push(`${done}/${of} ${what}`);
    } else if ("isExpected" in report) found.untested.push(report);
    else if ("rule" in report) found.findings.push(report);
  }
  return found;
}

export const stateFile = (cwd: string) => path.join(cwd, ".portcullis-test.state");
