// The gateway with all guards, as configuration and composition make it; plain HTTP, one worker, records into a file.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { compose, systemPorts } from "../../dist/configuration/compose.js";
import { loadSettings } from "../../dist/configuration/load.js";
import { serve } from "../../dist/gateway/serve.js";

const setting = JSON.parse(process.env.BENCHMARK);
const folder = path.dirname(setting.auditFile);
const { origin, connectionsMax } = setting.upstream;

/** Limits so high that none is met: they are counted and asked all the same. */
const never = { limit: 1_000_000_000 };
const configuration = {
  openapi: setting.openapi,
  upstream: { url: origin, connectionsMax },
  transport: { listen: "127.0.0.1:0", tls: "dangerouslyOff", adminListen: "off" },
  authentication: {
    oauth: { issuer: setting.issuer, audience: setting.audience, jwks: setting.jwksFile },
  },
  rateLimiting: {
    limits: [{ ...never, window: "15m", key: "subject", fallback: "address" }],
    addressCeiling: { ...never, window: "1m" },
    failedAuthentication: { ...never, window: "15m" },
  },
  validation: { requests: "enforce", responses: "monitor" },
  monitoring: { sinks: [{ file: setting.auditFile }] },
};
const file = path.join(folder, "portcullis.yaml");
// JSON is YAML: a file, because a file is what users have.
writeFileSync(file, JSON.stringify(configuration));

const loaded = await loadSettings({ file, cwd: folder, env: {} });
const gateway = await serve(await compose(loaded, systemPorts()), { drainTimeoutMs: 2_000 });
process.stdout.write(`ready ${gateway.url}\n`);
process.once("SIGTERM", () => void gateway.close());
