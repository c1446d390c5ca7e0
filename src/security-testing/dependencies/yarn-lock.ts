// yarn.lock: of Yarn 1, and of Yarn 2 and newer.
import { parseSyml } from "@yarnpkg/parsers";
import { asObject, asText, type Installed, type Inventory, InventoryError, lineFinder } from "./inventory.ts";

/** `manifests`: the texts of the package.json files of the project; the form of Yarn 1 does not say what the project itself asked for. */
export function readYarnLock(file: string, text: string, manifests: readonly string[]): Inventory {
  const entries = asObject(parseSyml(text));
  if (!/^# yarn lockfile v1|^__metadata:/m.test(text)) throw new InventoryError("it is no lock file of Yarn");
  const lineOf = lineFinder(text);
  const byDescriptor = new Map<string, string>();
  for (const key of Object.keys(entries)) for (const one of key.split(/\s*,\s*/)) byDescriptor.set(one, key);

  const needsOf = (entry: Readonly<Record<string, unknown>>, kinds: readonly string[]): readonly string[] =>
    kinds.flatMap((kind) =>
      Object.entries(asObject(entry[kind])).flatMap(([name, range]) => {
        const wanted = asText(range) ?? "";
        const descriptors = [`${name}@${wanted}`, `${name}@npm:${wanted}`];
        return descriptors.map((one) => byDescriptor.get(one)).find((key) => key !== undefined) ?? [];
      }),
    );

  const packages = new Map<string, Installed>();
  const workspaces: Readonly<Record<string, unknown>>[] = [];
  for (const [key, value] of Object.entries(entries)) {
    const entry = asObject(value);
    if (key === "__metadata") continue;
    const resolution = asText(entry["resolution"]) ?? asText(entry["resolved"]) ?? "";
    if (/@workspace:/.test(resolution)) {
      workspaces.push({ name: nameIn(key), ...entry });
      continue;
    }
    if (/^\S+@(?:link|portal|file):/.test(key)) continue;
    packages.set(key, {
      key,
      name: nameOf(key, resolution),
      version: asText(entry["version"]) ?? "",
      isDevelopment: false,
      hasInstallScript: undefined,
      line: lineOf(key.split(/\s*,\s*/)[0] as string, "\n\n"),
      needs: needsOf(entry, ["dependencies", "optionalDependencies", "peerDependencies"]),
    });
  }
  const projects = workspaces.length > 0 ? workspaces : manifests.map((manifest) => asObject(JSON.parse(manifest)));
  const roots = projects.map((project) => ({
    name: asText(project["name"]) ?? "this project",
    needs: needsOf(project, ["dependencies", "devDependencies", "optionalDependencies"]),
  }));
  return { file, packages, roots, hasPaths: true };
}

function nameIn(key: string): string {
  return /^(@?[^@]+)@/.exec(key)?.[1] ?? key;
}

/** An alias, `a@npm:b@1`, is the package `b`. */
function nameOf(key: string, resolution: string): string {
  const resolved = /^(@?[^@]+)@(?:npm|patch):/.exec(resolution)?.[1];
  return resolved ?? /^@?[^@]+@npm:(@?[^@]+)@/.exec(key)?.[1] ?? nameIn(key);
}
