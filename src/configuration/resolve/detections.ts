// From what the user wrote under `monitoring.detections` to the rules that are watched: those that come along, and their own.
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Allowance,
  compileDetection,
  type DetectionRule,
  type WatchedRule,
  type WatchSettings,
} from "../../monitoring/index.ts";
import { dayEndMs } from "../days.ts";
import { suggestion } from "../did-you-mean.ts";
import { readRules } from "../detections/rule-file.ts";
import { whyUnreadable } from "../error-code.ts";
import type { Configuration } from "../schema/portcullis.ts";
import type { KeyPath } from "../source.ts";
import type { Resolving } from "./resolving.ts";
import { measuresOf } from "./responses.ts";

type Written = NonNullable<NonNullable<Configuration["monitoring"]>["detections"]>;
type WrittenRule = NonNullable<Written["rules"]>[string];

/** The folder of the rules that come along. */
export const SHIPPED_DETECTIONS = fileURLToPath(new URL("../../../data/detections/", import.meta.url));
const AT: KeyPath = ["monitoring", "detections"];

export async function resolveDetections(written: Written = {}, to: Resolving): Promise<WatchSettings> {
  if (written.mode === "off") return { watched: [], text: "off" };
  const files = new Map<string, DetectionRule[]>();
  for (const file of await ruleFiles(SHIPPED_DETECTIONS))
    files.set(file, await readFileOfRules(file, (one) => readFile(one, "utf8"), to));
  if (written.folder !== undefined) await readFolder(written.folder, files, to);
  const rules = [...files.values()].flat();
  judgeNames(files, to);
  for (const name of Object.keys(written.rules ?? {})) {
    if (rules.some((rule) => rule.name === name)) continue;
    const known = rules.map((rule) => rule.name);
    to.error(
      [...AT, "rules", name],
      "detection-unknown",
      `there is no detection rule ${name}`,
      suggestion(name, known),
    );
  }
  const watched = rules.flatMap((rule): WatchedRule[] => {
    const own: WrittenRule = written.rules?.[rule.name] ?? {};
    const mode = own.mode ?? written.mode ?? "enforce";
    const respond = measuresOf(own.respond, rule, mode, to);
    return mode === "off" ? [] : [{ rule, mode, allowances: allowancesOf(own, rule.name, to), respond }];
  });
  const text = JSON.stringify([
    written,
    rules.map(({ selections, ...rest }) => [rest, selections.map(({ text }) => text)]),
  ]);
  return { watched, text };
}

/** Those that come along, as they are where nobody says otherwise. */
export async function shippedDetections(): Promise<readonly WatchedRule[]> {
  const files = await Promise.all(
    (await ruleFiles(SHIPPED_DETECTIONS)).map(async (file) =>
      readRules(path.basename(file), await readFile(file, "utf8")),
    ),
  );
  return files.flatMap(({ rules }) => rules.map((rule): WatchedRule => ({ rule, mode: "enforce", allowances: [] })));
}

/** Rules of a folder; their tests stand beside them. */
async function ruleFiles(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder);
  return names
    .filter((name) => /\.ya?ml$/.test(name) && !/\.test\.ya?ml$/.test(name))
    .sort()
    .map((name) => path.join(folder, name));
}

async function readFolder(written: string, into: Map<string, DetectionRule[]>, to: Resolving): Promise<void> {
  const at = [...AT, "folder"];
  const folder = to.file(at, written);
  try {
    for (const file of await ruleFiles(folder)) into.set(file, await readFileOfRules(file, to.readText, to));
  } catch (error) {
    const why = whyUnreadable(error);
    to.error(
      at,
      "folder-unreadable",
      `${to.shownFile(at, written)} cannot be read: ${why}`,
      "Make it, or leave `folder` out.",
    );
  }
}

async function readFileOfRules(
  file: string,
  readText: (file: string) => Promise<string>,
  to: Resolving,
): Promise<DetectionRule[]> {
  const shown = file.startsWith(SHIPPED_DETECTIONS) ? path.basename(file) : to.shownFile([...AT, "folder"], file);
  const { rules, problems } = readRules(shown, await readText(file));
  to.problems.push(...problems);
  return [...rules];
}

/** A rule of one's own may take the place of one that comes along, by its name. Two files of one's own may not share one. */
function judgeNames(files: Map<string, DetectionRule[]>, to: Resolving): void {
  const seen = new Map<string, string>();
  for (const [file, rules] of files) {
    for (const { name } of rules) {
      const before = seen.get(name);
      seen.set(name, file);
      if (before === undefined) continue;
      if (before.startsWith(SHIPPED_DETECTIONS)) {
        files.set(
          before,
          (files.get(before) ?? []).filter((rule) => rule.name !== name),
        );
        continue;
      }
      const names = `${path.basename(before)} and ${path.basename(file)}`;
      to.error([...AT, "folder"], "detection-twice", `${names} both have a rule ${name}`, "Rename one of them.");
    }
  }
}

function allowancesOf(own: WrittenRule, name: string, to: Resolving): Allowance[] {
  return (own.allow ?? []).flatMap(({ when, until }, i) => {
    const at = [...AT, "rules", name, "allow", i];
    const untilMs = dayEndMs(until);
    if (Number.isNaN(untilMs)) {
      to.error([...at, "until"], "invalid-value", `${until} is no day`, "Such as 2027-03-31. It ends at midnight UTC.");
      return [];
    }
    if (untilMs < Date.now()) {
      to.warn(
        [...at, "until"],
        "allowance-ended",
        `what is expected of ${name} here ended on ${until}`,
        "Remove it, or give it another day.",
      );
      return [];
    }
    const compiled = compileDetection({ when, condition: "when" }, (path, message, remedy) =>
      to.error([...at, ...path], "invalid-value", message, remedy),
    );
    if (compiled === undefined) return [];
    const operations = compiled.operations.map(({ path, word, means }) => {
      return { word, means, position: to.source.position([...at, ...path], "value") };
    });
    return [{ matches: compiled.matches, untilMs, operations }];
  });
}
