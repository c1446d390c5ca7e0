// The gate that a dynamic test starts: the real one, with the settings that the test gives it.
import { readFile } from "node:fs/promises";
import { compose, type Composition, systemPorts } from "../../configuration/compose.ts";
import type { LoadedSettings } from "../../configuration/load.ts";
import { serve } from "../../gateway/serve.ts";
import type { StartGate } from "../../security-testing/dynamic/gate-port.ts";

/** Short: nothing is under way any more when a test ends its gate. */
const DRAIN_MS = 100;

/** `make`: another composition of these settings, for whoever tests the tests. */
export function gateStarter(
  cwd: string,
  make: (loaded: LoadedSettings) => Promise<Composition> = (loaded) => compose(loaded, systemPorts(cwd)),
): StartGate {
  return async (loaded, folder) => {
    const gateway = await serve(await make(loaded), { developmentFolder: folder, drainTimeoutMs: DRAIN_MS });
    const ca = gateway.authorityFile === undefined ? undefined : await readFile(gateway.authorityFile, "utf8");
    return { url: gateway.url, ca, close: () => gateway.close() };
  };
}
