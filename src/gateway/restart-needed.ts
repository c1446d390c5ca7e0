// What of a configuration cannot change while the gateway runs: sockets that are open, files and streams of the record.
import type { LoadedSettings } from "../configuration/load.ts";
import type { Settings } from "../configuration/settings.ts";
import type { KeyPath } from "../configuration/source.ts";
import type { Problem } from "../openapi/located.ts";

const SANCTIONS: KeyPath = ["monitoring", "detections", "sanctions"];
const RULES: KeyPath = ["monitoring", "detections", "rules"];

const FIXED: readonly (readonly [KeyPath, (settings: Settings) => unknown])[] = [
  [["transport", "listen"], ({ transport }) => transport.listen],
  [["transport", "tls"], ({ transport }) => transport.tls.kind],
  [["transport", "redirectFrom"], ({ transport }) => transport.redirect?.listen],
  [["transport", "adminListen"], ({ transport }) => transport.adminListen],
  [["identity"], ({ identity }) => identity],
  [["monitoring", "sinks"], ({ monitoring }) => [monitoring.sinks, monitoring.destinations]],
  [["monitoring", "spool"], ({ monitoring }) => monitoring.spool],
  [["monitoring", "checkpoints"], ({ monitoring }) => monitoring.checkpoints],
  [SANCTIONS, ({ monitoring }) => monitoring.sanctions?.file],
  [["monitoring", "detections", "neverBan"], ({ monitoring }) => monitoring.sanctions?.neverBan ?? []],
  [["monitoring", "hashKey"], ({ monitoring }) => monitoring.hashKey],
];

/** A problem for each of them that differs. */
export function restartNeeded(running: Settings, loaded: LoadedSettings): Problem[] {
  const problems: Problem[] = [];
  for (const [at, of] of FIXED) {
    if (JSON.stringify(of(running)) === JSON.stringify(of(loaded.settings))) continue;
    const { place, message } = (at === SANCTIONS ? responding(running, loaded) : undefined) ?? {
      place: at,
      message: `${at.join(".")} cannot change while the gateway runs`,
    };
    problems.push({
      severity: "error",
      rule: "configuration.restart-needed",
      message,
      remedy: "Restart the gateway to take it over. Until then all stays as it was.",
      position: loaded.position(place),
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

/** Whether anybody is held back at all, which nobody says by the name of a file; undefined where that stays. */
function responding(running: Settings, loaded: LoadedSettings): { place: KeyPath; message: string } | undefined {
  const { sanctions, detections } = loaded.settings.monitoring;
  if (sanctions === undefined) {
    const message =
      "nobody is held back any more, which needs a restart: the file that keeps who is was opened at the start";
    return { place: RULES, message };
  }
  if (running.monitoring.sanctions !== undefined || loaded.isWritten(SANCTIONS)) return undefined;
  const first = detections.watched.find(({ respond }) => respond !== undefined);
  const place = first === undefined ? RULES : [...RULES, first.rule.name, "respond"];
  const message = `${place.join(".")} is the first response, which needs a restart: the file that keeps who is held back is opened only at the start`;
  return { place, message };
}
