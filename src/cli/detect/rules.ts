// The rules that a command works with: those of the configuration where there is one, else those that come along.
import { findConfiguration, loadSettings } from "../../configuration/load.ts";
import { shippedDetections } from "../../configuration/resolve/detections.ts";
import type { WatchedRule } from "../../monitoring/index.ts";
import { type Given, UsageError } from "../command.ts";
import type { Io } from "../io.ts";

export async function watchedRules(given: Given, io: Io): Promise<readonly WatchedRule[]> {
  const file = given.text("config") ?? (await findConfiguration(io.cwd));
  const watched =
    file === undefined
      ? await shippedDetections()
      : (await loadSettings({ file, cwd: io.cwd, env: io.env })).settings.monitoring.detections.watched;
  const wanted = given.all("rule");
  for (const name of wanted) {
    if (watched.some(({ rule }) => rule.name === name)) continue;
    throw new UsageError(`there is no rule ${name}`, `Known: ${watched.map(({ rule }) => rule.name).join(", ")}.`);
  }
  return wanted.length === 0 ? watched : watched.filter(({ rule }) => wanted.includes(rule.name));
}
