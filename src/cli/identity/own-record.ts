// Where changes in the authorization server go on record that runs on a machine of its own: to the sinks of the configuration.
import { systemPorts } from "../../configuration/compose.ts";
import type { Settings } from "../../configuration/settings.ts";
import type { Deliver } from "../../identity/changes/change-courier.ts";
import { createRecorder } from "../../monitoring/index.ts";
import type { Io } from "../io.ts";

export function ownRecord({ monitoring }: Settings, io: Io): { readonly deliver: Deliver; close(): Promise<void> } {
  const ports = systemPorts(io.cwd);
  const recorder = createRecorder({ sinks: monitoring.sinks.map(ports.createSink), clock: ports.clock });
  return {
    deliver: (event) => Promise.resolve(recorder.system(event)),
    close: async () => {
      ports.close();
      await recorder.close();
    },
  };
}
