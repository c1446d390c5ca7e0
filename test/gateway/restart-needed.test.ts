// Guards what a reload must not take over: each setting that belongs to what is open already, and nothing else.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { loadSettings } from "../../src/configuration/load.ts";
import { restartNeeded } from "../../src/gateway/restart-needed.ts";
import { folderWith } from "../configuration/folder.ts";

const BASE = `openapi: api.yaml
upstream: http://127.0.0.1:3000
transport: { tls: development, publicUrl: "https://localhost:8443", listen: 8443, redirectFrom: 8080, adminListen: 9901 }
monitoring: { hashKey: { file: key-a }, sinks: [{ file: audit.ndjson }] }
identity: { secrets: ["\${SECRET}"], mail: { folder: mail }, registration: open }
validation: { requests: enforce }
`;

/** Two texts for one folder: what is compared are whole paths. */
async function problemsOf(text: string, changed: string): Promise<string[]> {
  const cwd = folderWith({ "key-a": "a".repeat(32), "key-b": "b".repeat(32) });
  const env = { SECRET: Buffer.alloc(32, 7).toString("base64") };
  const load = (written: string) => {
    writeFileSync(path.join(cwd, "portcullis.yaml"), written);
    return loadSettings({ file: "portcullis.yaml", cwd, env });
  };
  const { settings } = await load(text);
  return restartNeeded(settings, await load(changed)).map(({ message }) => message);
}

it.each([
  ["transport.listen", "listen: 8443", "listen: 8444"],
  ["transport.tls", "tls: development", "tls: { certificate: a.crt, key: a.key }"],
  ["transport.redirectFrom", "redirectFrom: 8080", "redirectFrom: 8081"],
  ["transport.redirectFrom", ", redirectFrom: 8080", ""],
  ["transport.adminListen", "adminListen: 9901", "adminListen: 9902"],
  ["identity", "registration: open", "registration: closed"],
  ["identity", /identity:.*\n/, ""],
  ["monitoring.sinks", "audit.ndjson", "other.ndjson"],
  ["monitoring.hashKey", "key-a", "key-b"],
  ["monitoring.detections.sanctions", "hashKey", "detections: { sanctions: held.json }, hashKey"],
])("%s cannot change while the gateway runs (%s: %s)", async (name, was, becomes) => {
  expect(await problemsOf(BASE, BASE.replace(was, becomes))).toEqual([`${name} cannot change while the gateway runs`]);
});

it("nothing, or what decides about requests, needs none", async () => {
  expect(await problemsOf(BASE, BASE)).toEqual([]);
  expect(await problemsOf(BASE, BASE.replace("requests: enforce", "requests: monitor"))).toEqual([]);
});

const RESPONDING = BASE.replace(
  "hashKey",
  "detections: { rules: { brute-force: { mode: enforce, respond: { ban: 15m } } } }, hashKey",
);

it("the first response does, and says so by its own place; so does the last that goes", async () => {
  expect(await problemsOf(BASE, RESPONDING)).toEqual([
    "monitoring.detections.rules.brute-force.respond is the first response, which needs a restart: the file that keeps who is held back is opened only at the start",
  ]);
  expect(await problemsOf(RESPONDING, BASE)).toEqual([
    "nobody is held back any more, which needs a restart: the file that keeps who is was opened at the start",
  ]);
  expect(await problemsOf(RESPONDING, RESPONDING.replace("15m", "20m"))).toEqual([]);
  expect(await problemsOf(RESPONDING, RESPONDING.replace("{ rules", "{ neverBan: [192.0.2.7], rules"))).toEqual([
    "monitoring.detections.neverBan cannot change while the gateway runs",
  ]);
});
