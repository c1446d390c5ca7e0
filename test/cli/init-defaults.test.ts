// Guards what `portcullis init` promises of its file: every key and every default is in it, and stated as it is.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { DEFAULTS } from "../../src/configuration/defaults.ts";
import { loadSettings } from "../../src/configuration/load.ts";
import { configurationJsonSchema } from "../../src/configuration/schema-words.ts";
import { DOCUMENT } from "../configuration/composing.ts";
import { folderWith } from "../configuration/folder.ts";
import { run } from "./running.ts";

const KNOWN = ["--issuer", "http://127.0.0.1:9/", "--audience", "https://shop.example"]; // port 9 discards: nobody answers

const written = (cwd: string) => readFileSync(path.join(cwd, "portcullis.yaml"), "utf8");

/** Of no use without a decision, or parts of what is shown as a whole. */
const LEFT_OUT: readonly string[] = [
  "identity",
  "monitoring.spool",
  "monitoring.checkpoints",
  "monitoring.detections",
  "monitoring.traces",
  "rateLimiting.concurrency.claim",
  "rateLimiting.concurrency.queue",
  "rateLimiting.concurrency.timeout",
  "rateLimiting.concurrency.name",
  "authentication.forward.jwt",
  "transport.cors.allowedHeaders",
  "transport.cors.exposedHeaders",
  "transport.cors.credentials",
  "transport.cors.maxAge",
];

/** What stands in the file for each default; undefined: of a part that is not there by default. A new one must be added. */
const SAID: Record<keyof typeof DEFAULTS, string | undefined> = {
  listen: "\n  listen: 127.0.0.1:8443",
  adminListen: "\n  adminListen: 127.0.0.1:9901",
  hsts: `\n  # hsts: "${DEFAULTS.hsts}"`,
  clientAddressField: "\n  # clientAddressField: x-forwarded-for",
  corsMaxAgeMs: undefined,
  proofMaxAgeMs: undefined,
  upstreamConnectTimeoutMs: "timeouts: { connect: 5s,",
  upstreamAnswerTimeoutMs: " answer: 30s,",
  upstreamIdleTimeoutMs: " idle: 60s }",
  upstreamConnectionsMax: "\n  connectionsMax: 256",
  limit: "\n    - limit: 100 ",
  addressCeiling: "\n  addressCeiling: { limit: 1000, window: 1m }",
  failedAuthentication: "\n  failedAuthentication: { limit: 20, window: 15m }",
  ipv4Prefix: "\n  ipv4Prefix: 32",
  ipv6Prefix: "\n  ipv6Prefix: 64",
  delayMs: undefined,
  delayMaxMs: undefined,
  concurrencyQueue: undefined,
  concurrencyTimeoutMs: undefined,
  callerTokenMs: undefined,
  requests: "\n  requests: enforce",
  responses: "\n  responses: monitor",
  unknownParameters: "\n  unknownParameters: monitor",
  injection: "\n  injection: monitor",
  bodyBytesMax: "\n  bodyBytesMax: 1MiB",
  responseBytesMax: "\n  responseBytesMax: 1MiB",
  identityPath: undefined,
  identityListen: undefined,
  identityLimit: undefined,
  administrationLimit: undefined,
  administrationBodyBytesMax: undefined,
  identityDatabase: undefined,
  accessTokenLifetimeMs: undefined,
  refreshTokenLifetimeMs: undefined,
  sessionLifetimeMs: undefined,
  spoolFolder: undefined,
  spoolBytesMax: undefined,
  spoolWhenFull: undefined,
  spoolDurability: undefined,
  checkpointFile: undefined,
  checkpointEveryMs: undefined,
  checkpointRecords: undefined,
  fileBytesMax: "fileBytesMax: 100MiB",
  filesMax: "filesMax: 10",
  tracesRatio: undefined,
  sanctionsFile: undefined,
  tracesPerSecondMax: undefined,
};

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly anyOf?: readonly SchemaNode[];
}

/** Keys of two levels and more, as `transport.tls.key`; those of the built-in server and of single operations are theirs to say. */
function keysOf(node: SchemaNode, at: readonly string[] = []): string[] {
  const found = new Set<string>();
  for (const one of [node, ...(node.anyOf ?? [])]) {
    for (const [key, inner] of Object.entries(one.properties ?? {})) {
      found.add([...at, key].join("."));
      if (key === "identity" || key === "operations") continue;
      for (const below of keysOf(inner, [...at, key])) found.add(below);
    }
  }
  return [...found].sort();
}

/** In its section: `key:`, also behind a comment sign. */
function isSaid(at: string, text: string): boolean {
  const keys = at.split(".");
  const section = new RegExp(String.raw`^(?:# )?${keys[0] as string}:[^]*?(?=^(?:# )?[a-zA-Z]+:|(?![^]))`, "m").exec(
    text,
  )?.[0];
  return section !== undefined && new RegExp(String.raw`(?:^|[\s{])${keys.at(-1) as string}:`, "m").test(section);
}

describe("the file of init", () => {
  it("states the defaults as they are", async () => {
    const cwd = folderWith({ "openapi.yaml": DOCUMENT });
    await run(["init", "--yes", ...KNOWN], { cwd });
    const load = async (file: string) => {
      const { settings } = await loadSettings({ file, cwd, env: {} });
      const { upstream, transport, authentication, authorization, rateLimiting, validation, monitoring } = settings;
      const { mode, forward, denied } = authentication;
      const told = { upstream, mode, forward, denied, authorization, transport, rateLimiting, validation, monitoring };
      return JSON.parse(JSON.stringify(told, (key, value: unknown) => (key === "at" ? undefined : value))) as unknown;
    };
    const minimal = `openapi: openapi.yaml\nupstream: http://127.0.0.1:3000\nauthentication: { oauth: { issuer: https://i.example, audience: a } }\n`;
    writeFileSync(path.join(cwd, "minimal.yaml"), minimal);
    expect(await load("portcullis.yaml")).toEqual(await load("minimal.yaml"));
  });

  it("writes every key of the configuration, as it is by default or as a comment", async () => {
    const cwd = folderWith({ "openapi.yaml": DOCUMENT });
    await run(["init", "--yes", ...KNOWN], { cwd });
    const text = written(cwd);
    const missing = keysOf(configurationJsonSchema()).filter((at) => !isSaid(at, text));
    expect(missing.filter((at) => !missing.some((other) => at.startsWith(`${other}.`)))).toEqual(LEFT_OUT.toSorted());
  });

  it("and every default of the product is in the file, or belongs to what is not there by default", async () => {
    const cwd = folderWith({ "openapi.yaml": DOCUMENT });
    await run(["init", "--yes", ...KNOWN], { cwd });
    const text = written(cwd);
    const unsaid = Object.entries(SAID).filter(([, said]) => said !== undefined && !text.includes(said));
    expect(unsaid).toEqual([]);
  });
});
