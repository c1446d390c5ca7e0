// The gateway with all guards, as configuration and composition make it; plain HTTP, one worker, records into a file.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { compose, systemPorts } from "../../dist/configuration/compose.js";
import { loadSettings } from "../../dist/configuration/load.js";
import { makeNoteKey } from "../../dist/cryptography/signed-note.js";
import { serve } from "../../dist/gateway/serve.js";
import { countBefore } from "./counted-before.js";
import { widened } from "./widened-document.js";

const setting = JSON.parse(process.env.BENCHMARK);
const folder = path.dirname(setting.auditFile);
const { origin, connectionsMax } = setting.upstream;
const { responses = "monitor", operations, countedBefore, spool, detections: mode = "enforce" } = setting.variant ?? {};

let openapi = setting.openapi;
if (operations !== undefined) {
  openapi = path.join(folder, "openapi.json");
  writeFileSync(openapi, JSON.stringify(widened(readFileSync(setting.openapi, "utf8"), operations)));
}

/** Limits so high that none is met: they are counted and asked all the same. */
const never = { limit: 1_000_000_000 };
const configuration = {
  openapi,
  upstream: { url: origin, connectionsMax },
  transport: {
    listen: "127.0.0.1:0",
    tls: "dangerouslyOff",
    adminListen: "off",
    ...(countedBefore === undefined ? {} : { trustedProxies: ["127.0.0.1"] }),
  },
  authentication: {
    oauth: { issuer: setting.issuer, audience: setting.audience, jwks: setting.jwksFile },
  },
  rateLimiting: {
    limits: [{ ...never, window: "15m", key: "subject", fallback: "address" }],
    addressCeiling: { ...never, window: "1m" },
    failedAuthentication: { ...never, window: "15m" },
  },
  validation: { requests: "enforce", responses },
  monitoring: { sinks: [{ file: setting.auditFile }], detections: { mode }, ...(spool === true ? spooling() : {}) },
};
function spooling() {
  const key = path.join(folder, "audit.key");
  writeFileSync(key, makeNoteKey("benchmark"));
  return { spool: {}, checkpoints: { key: { file: key } } };
}

const file = path.join(folder, "portcullis.yaml");
// JSON is YAML: a file, because a file is what users have.
writeFileSync(file, JSON.stringify(configuration));

const loaded = await loadSettings({ file, cwd: folder, env: {} });
const composition = await compose(loaded, systemPorts());
if (countedBefore !== undefined) countBefore(composition.policy, countedBefore);
const gateway = await serve(composition, { drainTimeoutMs: 2_000 });
process.stdout.write(`ready ${gateway.url}\n`);
process.once("SIGTERM", () => void gateway.close());
