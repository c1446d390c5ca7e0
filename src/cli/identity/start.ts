// `portcullis identity start`: the authorization server without a gateway, where it runs on a machine of its own.
import { describeDocument } from "../../configuration/describe-document.ts";
import { loadSettings } from "../../configuration/load.ts";
import { EXIT_OK, type Given } from "../command.ts";
import { whatToLoad } from "../configuration-flags.ts";
import type { Io } from "../io.ts";
import { ownRecord } from "./own-record.ts";
import { serveIdentity } from "./serving.ts";
import { identityToServe } from "./to-serve.ts";

export async function startIdentity(given: Given, io: Io): Promise<number> {
  const loaded = await loadSettings(await whatToLoad(given, io));
  const told = identityToServe(loaded.settings, await describeDocument(loaded, io.cwd));
  const record = ownRecord(loaded.settings, io);
  const running = await serveIdentity(told, io, record.deliver);
  io.stderr.write(`identity: ${await io.untilStopped()}\n`);
  await running.close();
  await record.close();
  return EXIT_OK;
}
