// Packages that run a program when they are installed, and whether the project decided about them.
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Finding } from "../finding.ts";
import { fingerprintOf } from "../fingerprint.ts";
import { asList, asObject, asText, type Installed, type Inventory } from "./inventory.ts";

const RULE = "dependencies.install-script";
const SCRIPTS = ["preinstall", "install", "postinstall"];

export interface ScriptReport {
  readonly findings: readonly Finding[];
  /** How many packages nobody could say it of. */
  readonly unknown: number;
}

export async function installScripts(cwd: string, inventory: Inventory): Promise<ScriptReport> {
  const folder = path.dirname(path.resolve(cwd, inventory.file));
  const decided = await decidedIn(folder);
  const findings = new Map<string, Finding>();
  let unknown = 0;
  for (const installed of inventory.packages.values()) {
    const has = installed.hasInstallScript ?? (await hasScript(folder, installed));
    if (has === undefined) unknown += 1;
    const id = `${installed.name}@${installed.version}`;
    if (has !== true || findings.has(id) || decided(installed)) continue;
    findings.set(id, {
      rule: RULE,
      severity: "low",
      confidence: "certain",
      message: `${installed.name} ${installed.version} runs a program when it is installed.`,
      places: [{ file: inventory.file, line: installed.line, column: 1 }],
      evidence: [],
      fingerprint: fingerprintOf(RULE, undefined, installed.name, inventory.file),
      sources: ["portcullis"],
    });
  }
  return { findings: [...findings.values()], unknown };
}

/** What the package itself says, where it is installed beside the lock file. */
async function hasScript(folder: string, { name, version }: Installed): Promise<boolean | undefined> {
  const text = await readFile(path.join(folder, "node_modules", name, "package.json"), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const manifest = asObject(JSON.parse(text));
  if (manifest["version"] !== version) return undefined;
  return SCRIPTS.some((script) => asText(asObject(manifest["scripts"])[script]) !== undefined);
}

/** Package managers let the project say which packages may, and npm and pnpm also which may not. */
async function decidedIn(folder: string): Promise<(installed: Installed) => boolean> {
  const manifest = asObject(JSON.parse(await readFile(path.join(folder, "package.json"), "utf8").catch(() => "{}")));
  const pnpm = asObject(manifest["pnpm"]);
  const names = new Set([
    ...Object.keys(asObject(manifest["allowScripts"])),
    ...asList(pnpm["onlyBuiltDependencies"]).flatMap((name) => asText(name) ?? []),
    ...asList(pnpm["ignoredBuiltDependencies"]).flatMap((name) => asText(name) ?? []),
    ...Object.entries(asObject(manifest["dependenciesMeta"]))
      .filter(([, meta]) => typeof asObject(meta)["built"] === "boolean")
      .map(([name]) => name),
  ]);
  return ({ name, version }) => names.has(name) || names.has(`${name}@${version}`);
}
