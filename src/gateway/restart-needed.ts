// What of a configuration cannot change while the gateway runs: sockets that are open, files and streams of the record.
import type { LoadedSettings } from "../configuration/load.ts";
import type { Settings } from "../configuration/settings.ts";
import type { KeyPath } from "../configuration/source.ts";
import type { Problem } from "../openapi/located.ts";

const FIXED: readonly (readonly [KeyPath, (settings: Settings) => unknown])[] = [
  [["transport", "listen"], ({ transport }) => transport.listen],
  [["transport", "tls"], ({ transport }) => transport.tls.kind],
  [["transport", "redirectFrom"], ({ transport }) => transport.redirect?.listen],
  [["transport", "adminListen"], ({ transport }) => transport.adminListen],
  [["identity"], ({ identity }) => identity],
  [["monitoring", "sinks"], ({ monitoring }) => [monitoring.sinks, monitoring.destinations]],
  [["monitoring", "spool"], ({ monitoring }) => monitoring.spool],
  [["monitoring", "checkpoints"], ({ monitoring }) => monitoring.checkpoints],
  [["monitoring", "detections", "sanctions"], ({ monitoring }) => monitoring.sanctions],
  [["monitoring", "hashKey"], ({ monitoring }) => monitoring.hashKey],
];

/** A problem for each of them that differs. */
export function restartNeeded(running: Settings, loaded: LoadedSettings): Problem[] {
  const problems: Problem[] = [];
  for (const [at, of] of FIXED) {
    if (JSON.stringify(of(running)) === JSON.stringify(of(loaded.settings))) continue;
    problems.push({
      severity: "error",
      rule: "configuration.restart-needed",
      message: `${at.join(".")} cannot change while the gateway runs`,
      remedy: "Restart the gateway to take it over. Until then all stays as it was.",
      position: loaded.position(at),
    });
  }
  if (loaded.settings.upstream === undefined) {
    const message = "it is no longer said which API to protect";
    problems.push({
      severity: "error",
      rule: "configuration.missing-key",
      message,
      remedy: "Set `upstream`.",
      position: loaded.position([]),
    });
  }
  return problems;
}
