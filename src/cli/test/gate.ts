// The gate that a dynamic test starts: the real one, with the settings that the test gives it.
import { readFile } from "node:fs/promises";
import { compose, systemPorts } from "../../configuration/compose.ts";
import { serve } from "../../gateway/serve.ts";
import type { StartGate } from "../../security-testing/dynamic/gate-port.ts";

/** Short: nothing is under way any more when a test ends its gate. */
const DRAIN_MS = 100;

export function gateStarter(cwd: string): StartGate {
  return async (loaded, folder) => {
    const composition = await compose(loaded, systemPorts(cwd));
    const gateway = await serve(composition, { developmentFolder: folder, drainTimeoutMs: DRAIN_MS });
    const ca = gateway.authorityFile === undefined ? undefined : await readFile(gateway.authorityFile, "utf8");
    return { url: gateway.url, ca, close: () => gateway.close() };
  };
}
