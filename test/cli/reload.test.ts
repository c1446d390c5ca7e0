// Guards reload and shutdown of the real process under load: no request is lost, each is answered by one policy alone.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { Agent, request as httpRequest } from "node:http";
import { type ClientHttp2Session, connect, constants } from "node:http2";
import path from "node:path";
import { expect, it, vi } from "vitest";
import { folderWith } from "../configuration/folder.ts";
import { ecCertificate } from "../gateway/certificates.ts";
import { keep, startUpstream } from "../gateway/harness.ts";
import { configurationOf, documentOf } from "../gateway/reloading.ts";
import { startProcess } from "./process.ts";

interface Tally {
  readonly answers: Map<string, number>;
  readonly lost: string[];
}

/** Asks over kept connections, one after the other, until the gateway takes no more; notes who answered what. */
async function client(url: string, values: readonly string[], tally: Tally): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let i = 0; ; i += 1) {
    const value = values[i % values.length] as string;
    const outcome = await new Promise<string>((resolve) => {
      const request = httpRequest(`${url}/item?v=${value}`, { agent }, (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
        response.on("end", () => resolve(`${value}: ${response.statusCode === 200 ? body : response.statusCode}`));
        response.on("error", (error) => resolve(`lost ${error.message}`));
      });
      request.on("error", (error: NodeJS.ErrnoException) => resolve(`lost ${error.code ?? error.message}`));
      request.end();
    });
    if (outcome === "lost ECONNREFUSED") break;
    if (outcome.startsWith("lost")) tally.lost.push(outcome);
    else tally.answers.set(outcome, (tally.answers.get(outcome) ?? 0) + 1);
    if (outcome.startsWith("lost")) break;
  }
  agent.destroy();
}

it("loses nothing over several reloads and a SIGTERM, and mixes no two policies", async () => {
  const named = (name: string) =>
    startUpstream((request, response) => {
      request.resume();
      setTimeout(() => response.end(name), 5);
    });
  const [a, b] = [keep(await named("A")), keep(await named("B"))];
  const more = "monitoring: { sinks: [{ file: audit.ndjson }] }\n";
  const configurations = {
    a: configurationOf(a.origin, more).replace("api.yaml", "a.yaml"),
    b: configurationOf(b.origin, more).replace("api.yaml", "b.yaml"),
  };
  const cwd = folderWith({ "a.yaml": documentOf("a"), "b.yaml": documentOf("b"), "portcullis.yaml": configurations.a });
  const started = startProcess(["start"], cwd);
  const [, url = ""] = await started.errorShows(/ at (http:\S+)\n/);
  const log = path.join(cwd, "audit.ndjson");
  const reloads = () => readFileSync(log, "utf8").split('"gateway.reloaded"').length - 1;

  const tally: Tally = { answers: new Map(), lost: [] };
  const clients = Array.from({ length: 16 }, () => client(url, ["a", "b"], tally));
  for (let i = 1; i <= 6; i += 1) {
    writeFileSync(path.join(cwd, "next.yaml"), i % 2 === 1 ? configurations.b : configurations.a);
    renameSync(path.join(cwd, "next.yaml"), path.join(cwd, "portcullis.yaml"));
    // Every other one is noticed without a signal.
    if (i % 3 !== 0) started.signal("SIGHUP");
    await vi.waitFor(() => expect(reloads()).toBeGreaterThanOrEqual(i * 2), { timeout: 30_000 });
  }
  writeFileSync(path.join(cwd, "portcullis.yaml"), `${configurations.a}\nunknown: 1\n`);
  started.signal("SIGHUP");
  await started.errorShows(/not taken over[^]*portcullis\.yaml:\d+:1: unknown key "unknown"/);
  started.signal("SIGTERM");
  await Promise.all(clients);
  expect(await started.ended).toBe(0);
  expect(tally.lost).toEqual([]);
  expect([...tally.answers.keys()].sort()).toEqual(["a: 400", "a: A", "b: 400", "b: B"]);

  const events = readFileSync(log, "utf8").trimEnd().split("\n").map(asEvent);
  const answered = events.filter(({ http }) => http !== undefined);
  const total = [...tally.answers.values()].reduce((sum, count) => sum + count, 0);
  expect(answered).toHaveLength(total);
  expect(answered.filter(({ portcullis }) => portcullis.ended !== "complete")).toEqual([]);
  expect(new Set(answered.map(({ portcullis }) => portcullis.policy.version)).size).toBe(2);
});

/** Streams of one session, one after the other, until the gateway says GOAWAY: that one was not taken, and is none that is lost. */
async function streams(session: ClientHttp2Session, tally: Tally): Promise<void> {
  while (!session.closed && !session.destroyed) {
    const outcome = await new Promise<string>((resolve) => {
      let body = "";
      let status: number | undefined;
      const stream = session.request({ ":path": "/item?v=a" });
      stream.on("response", (fields) => (status = fields[":status"]));
      stream.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      stream.on("error", () => undefined);
      stream.on("close", () => {
        const isRefused =
          stream.rstCode === constants.NGHTTP2_REFUSED_STREAM || (session.closed && status === undefined);
        resolve(isRefused ? "not taken" : `${status} ${body} ${stream.rstCode}`);
      });
    });
    if (outcome === "not taken") return;
    tally.answers.set(outcome, (tally.answers.get(outcome) ?? 0) + 1);
  }
}

it("loses no stream of HTTP/2 over a reload and a SIGTERM", async () => {
  const upstream = keep(
    await startUpstream((request, response) => {
      request.resume();
      setTimeout(() => response.end("A"), 5);
    }),
  );
  const cwd = folderWith({ "a.yaml": documentOf("a"), "b.yaml": documentOf("a, b") });
  const { cert, key, ca } = await ecCertificate(path.join(cwd, "authority"));
  writeFileSync(path.join(cwd, "api.crt"), cert);
  writeFileSync(path.join(cwd, "api.key"), key, { mode: 0o600 });
  const text = configurationOf(upstream.origin, "monitoring: { sinks: [{ file: audit.ndjson }] }\n")
    .replace("tls: dangerouslyOff", "tls: { certificate: api.crt, key: api.key }")
    .replace("api.yaml", "a.yaml");
  writeFileSync(path.join(cwd, "portcullis.yaml"), text);
  const started = startProcess(["start"], cwd);
  const [, url = ""] = await started.errorShows(/ at (https:\S+)\n/);
  const sessions = Array.from({ length: 4 }, () => connect(url, { ca, servername: "localhost" }));
  const tally: Tally = { answers: new Map(), lost: [] };
  const running = sessions.flatMap((session) => Array.from({ length: 4 }, () => streams(session, tally)));
  const count = () => [...tally.answers.values()].reduce((sum, one) => sum + one, 0);
  await vi.waitFor(() => expect(count()).toBeGreaterThan(100), { timeout: 30_000 });
  writeFileSync(path.join(cwd, "portcullis.yaml"), text.replace("a.yaml", "b.yaml"));
  started.signal("SIGHUP");
  await started.errorShows(/policy \w+ is in use/);
  const before = count();
  await vi.waitFor(() => expect(count()).toBeGreaterThan(before + 100), { timeout: 30_000 });
  expect(sessions.every((session) => !session.closed)).toBe(true);
  started.signal("SIGTERM");
  await Promise.all(running);
  for (const session of sessions) session.destroy();
  expect(await started.ended).toBe(0);
  expect([...tally.answers.keys()]).toEqual(["200 A 0"]);
  const events = readFileSync(path.join(cwd, "audit.ndjson"), "utf8").trimEnd().split("\n").map(asEvent);
  expect(events.filter(({ http }) => http !== undefined)).toHaveLength(count());
});

interface Event {
  readonly http?: object;
  readonly portcullis: { readonly ended: string; readonly policy: { readonly version: string } };
}

function asEvent(line: string): Event {
  return JSON.parse(line) as Event;
}
