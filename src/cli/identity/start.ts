// `portcullis identity start`: the authorization server without a gateway, where it runs on a machine of its own.
import { describeDocument } from "../../configuration/describe-document.ts";
import { loadSettings } from "../../configuration/load.ts";
import { EXIT_OK, type Given } from "../command.ts";
import { whatToLoad } from "../configuration-flags.ts";
import type { Io } from "../io.ts";
import { reopen } from "../reopening.ts";
import { ownRecord } from "./own-record.ts";
import { serveIdentity } from "./serving.ts";
import { identityToServe } from "./to-serve.ts";

export async function startIdentity(given: Given, io: Io): Promise<number> {
  const loaded = await loadSettings(await whatToLoad(given, io));
  const api = await describeDocument(loaded, io.cwd);
  const told = identityToServe(loaded.settings, api);
  const record = await ownRecord(loaded, api, io);
  try {
    // Once it serves, somebody may be under way: whoever ends it then ends it in order.
    const stopped = io.untilStopped();
    const running = await serveIdentity(told, io, record);
    io.onHangUp(() => void reopen(record.recorder));
    const { issuer } = told.settings;
    record.tell({ action: "identity.started", level: "info", message: `the authorization server ${issuer} serves` });
    const signal = await stopped;
    io.stderr.write(`identity: ${signal}\n`);
    await running.close();
    record.tell({ action: "identity.stopped", level: "info", message: `the authorization server ended: ${signal}` });
  } finally {
    await record.close();
  }
  return EXIT_OK;
}
