// Guards log rotation by somebody else: after SIGHUP the real process writes to a new file and goes on serving.
import { existsSync, readFileSync, renameSync } from "node:fs";
import path from "node:path";
import { expect, it, vi } from "vitest";
import { DOCUMENT } from "../configuration/composing.ts";
import { folderWith } from "../configuration/folder.ts";
import { startProcess } from "./process.ts";

const WITHIN = { timeout: 30_000 };

const CONFIGURATION = `openapi: api.yaml
upstream: http://127.0.0.1:9
authentication: { oauth: { issuer: http://127.0.0.1:9/, audience: a } }
transport: { listen: 0, adminListen: off, tls: dangerouslyOff }
monitoring: { sinks: [{ file: audit.ndjson }] }
`;

it("SIGHUP opens log files anew, and loses no event", async () => {
  const cwd = folderWith({ "api.yaml": DOCUMENT, "portcullis.yaml": CONFIGURATION });
  const log = path.join(cwd, "audit.ndjson");
  const started = startProcess(["start"], cwd);
  const [, url = ""] = await started.errorShows(/ at (http:\S+)\n/);
  expect((await fetch(`${url}/orders/1`)).status).toBe(401);
  await vi.waitFor(() => expect(readFileSync(log, "utf8")).toContain("/orders/1"), WITHIN);
  renameSync(log, `${log}.1`);
  started.signal("SIGHUP");
  await vi.waitFor(() => expect(existsSync(log)).toBe(true), WITHIN);
  expect((await fetch(`${url}/orders/2`)).status).toBe(401);
  started.signal("SIGTERM");
  expect(await started.ended).toBe(0);
  const events = (file: string) => readFileSync(file, "utf8").trimEnd().split("\n").map(asCode);
  expect(events(`${log}.1`)).toEqual(expect.arrayContaining(["gateway.started", "/orders/1"]));
  expect(events(log)).toEqual(expect.arrayContaining(["monitoring.reopened", "/orders/2", "gateway.stopped"]));
  // That nothing was cut is no news.
  expect(readFileSync(log, "utf8")).toContain('"the gateway has ended"');
});

it("a file that cannot be opened anew stops nothing, and is told", async () => {
  const text = CONFIGURATION.replace("file: audit.ndjson", "file: logs/audit.ndjson");
  const cwd = folderWith({ "api.yaml": DOCUMENT, "portcullis.yaml": text });
  const started = startProcess(["start"], cwd);
  const [, url = ""] = await started.errorShows(/ at (http:\S+)\n/);
  renameSync(path.join(cwd, "logs"), path.join(cwd, "moved"));
  started.signal("SIGHUP");
  const moved = path.join(cwd, "moved", "audit.ndjson");
  await vi.waitFor(() => expect(readFileSync(moved, "utf8")).toContain("monitoring.reopen-failed"), WITHIN);
  expect((await fetch(`${url}/orders/3`)).status).toBe(401);
  started.signal("SIGTERM");
  expect(await started.ended).toBe(0);
});

it("goes on serving where whoever read its words has left", async () => {
  const cwd = folderWith({ "api.yaml": DOCUMENT, "portcullis.yaml": CONFIGURATION });
  const started = startProcess(["start"], cwd);
  const [, url = ""] = await started.errorShows(/ at (http:\S+)\n/);
  started.stopReading();
  const log = path.join(cwd, "audit.ndjson");
  for (let i = 1; i <= 2; i += 1) {
    started.signal("SIGHUP");
    const reloads = () => readFileSync(log, "utf8").split("monitoring.reopened").length - 1;
    await vi.waitFor(() => expect(reloads()).toBeGreaterThanOrEqual(i), WITHIN);
  }
  expect((await fetch(`${url}/orders/4`)).status).toBe(401);
  started.signal("SIGTERM");
  expect(await started.ended).toBe(0);
});

function asCode(line: string): string {
  const event = JSON.parse(line) as { url?: { path: string }; event: { code: string } };
  return event.url?.path ?? event.event.code;
}
