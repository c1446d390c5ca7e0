// Where an authorization server is on record that runs on a machine of its own: as the configuration says, with spool and detections.
import { openOutlets } from "../../configuration/compose/outlets.ts";
import { Judgement } from "../../configuration/compose/judgement.ts";
import { systemPorts } from "../../configuration/compose.ts";
import type { LoadedSettings } from "../../configuration/load.ts";
import { type AuditRecorder, createRecorder, Detector } from "../../monitoring/index.ts";
import type { ApiDescription } from "../../openapi/api-description.ts";
import type { Io } from "../io.ts";
import type { IdentityRecord } from "./serving.ts";

export interface OwnRecord extends IdentityRecord {
  readonly recorder: AuditRecorder;
  close(): Promise<void>;
}

/** Throws ProblemsError where one of the sinks cannot be had. */
export async function ownRecord(loaded: LoadedSettings, api: ApiDescription, io: Io): Promise<OwnRecord> {
  const { detections, hashKey } = loaded.settings.monitoring;
  const ports = systemPorts(io.cwd);
  const recorder = createRecorder({
    ...(await openOutlets(new Judgement(loaded, api), ports)),
    clock: ports.clock,
    detector: new Detector(detections),
    ...(hashKey === undefined ? {} : { hashKey }),
  });
  recorder.serve(api.title);
  return {
    recorder,
    tell: (event) => recorder.system(event),
    deliver: async (event) => {
      recorder.system(event);
      await recorder.flush();
    },
    close: async () => {
      ports.close();
      await recorder.close();
    },
  };
}
