// Responses of detections inside Express: who scans is held back there, too; a guard that is taken out lets them through.
import { once } from "node:events";
import { existsSync } from "node:fs";
import type { AddressInfo } from "node:net";
import path from "node:path";
import express from "express";
import { expect, it, onTestFinished } from "vitest";
import { portcullis } from "../../src/adapters/express.ts";
import { expressHandler } from "../../src/adapters/express-handler.ts";
import { insideFramework } from "../../src/adapters/gateway-settings.ts";
import { compose, systemPorts } from "../../src/configuration/compose.ts";
import { loadSettings } from "../../src/configuration/load.ts";
import { without } from "../conformance/without.ts";
import { DOCUMENT, OAUTH } from "../configuration/composing.ts";
import { folderWith } from "../configuration/folder.ts";
import { ask } from "../gateway/harness.ts";

const folderOf = () => {
  const folder = folderWith({ "api.yaml": DOCUMENT });
  const at = (name: string) => path.join(folder, name);
  const configuration = `openapi: ${at("api.yaml")}
${OAUTH}monitoring:
  sinks: [{ file: ${at("audit.ndjson")} }]
  detections: { sanctions: ${at("sanctions.json")}, rules: { scanning: { respond: { ban: 15m } } } }
`;
  return { folder: folderWith({ "portcullis.yaml": configuration }), at };
};

async function listening(handler: express.RequestHandler): Promise<string> {
  const server = express()
    .use(handler)
    .get("/health", (_request, response) => void response.end("{}"))
    .listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function scanned(url: string): Promise<number> {
  for (let i = 0; i < 12; i += 1) await ask(`${url}/.git/${i}`);
  return (await ask(`${url}/health`)).status;
}

it("an address that scans is banned", async () => {
  const { folder, at } = folderOf();
  const gate = await portcullis({ file: path.join(folder, "portcullis.yaml") });
  expect(await scanned(await listening(gate as express.RequestHandler))).toBe(429);
  await gate.close();
  expect(existsSync(at("sanctions.json"))).toBe(true);
});

it("and is not where the guard is in no gate", async () => {
  const { folder } = folderOf();
  const loaded = await loadSettings({ file: "portcullis.yaml", cwd: folder, env: {} });
  const composition = await compose({ ...loaded, settings: insideFramework(loaded.settings) }, systemPorts(folder));
  onTestFinished(() => composition.close());
  const policy = without(["rate-limiting.address-sanctions"])(composition.policy);
  expect(await scanned(await listening(expressHandler({ ...composition, policy }, {})))).toBe(200);
});
