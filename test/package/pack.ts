// Builds and packs a copy of the repository, and unpacks it into an empty folder as an installation would.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const ROOT = path.join(import.meta.dirname, "..", "..");

/** What `npm pack` may read: enough to build, and all that could be packed by mistake. */
const COPIED = [
  ".gitignore",
  "bin",
  "CHANGELOG.md",
  "configuration.schema.json",
  "findings.schema.json",
  "portcullis-test.schema.json",
  "data",
  "docs",
  "examples",
  "LICENSE",
  "package.json",
  "README.md",
  "src",
  "tsconfig.build.json",
  "tsconfig.json",
];

export interface PackageManifest {
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

export interface Installed {
  /** An empty project beside `node_modules`. */
  readonly project: string;
  readonly installed: string;
  /** Files in the tarball. */
  readonly files: readonly string[];
  readonly manifest: PackageManifest;
  remove(): void;
}

/** Without the network: the runtime dependencies, and no others, are links to the repository's own. */
export function packAndInstall(): Installed {
  const folder = mkdtempSync(path.join(tmpdir(), "portcullis-package-"));
  const stage = path.join(folder, "stage");
  const project = path.join(folder, "project");
  const installed = path.join(project, "node_modules", "portcullis");
  mkdirSync(stage);
  mkdirSync(installed, { recursive: true });
  for (const name of COPIED) {
    if (existsSync(path.join(ROOT, name))) cpSync(path.join(ROOT, name), path.join(stage, name), { recursive: true });
  }
  symlinkSync(path.join(ROOT, "node_modules"), path.join(stage, "node_modules"));
  run("npm", ["pack", "--offline", "--loglevel", "error", "--pack-destination", folder], stage);
  const manifest = JSON.parse(readFileSync(path.join(stage, "package.json"), "utf8")) as PackageManifest;
  const tarball = path.join(folder, `portcullis-${manifest.version}.tgz`);
  const files = run("tar", ["-tzf", tarball])
    .split("\n")
    .filter((name) => name !== "")
    .map((name) => name.replace(/^package\//, ""));
  run("tar", ["-xzf", tarball, "-C", installed, "--strip-components=1"]);
  for (const name of Object.keys(manifest.dependencies)) link(project, name);
  return {
    project,
    installed,
    files,
    manifest,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Makes one more package visible to the project. */
export function link(project: string, name: string): void {
  const at = path.join(project, "node_modules", name);
  mkdirSync(path.dirname(at), { recursive: true });
  symlinkSync(path.join(ROOT, "node_modules", name), at);
}

function run(command: string, argv: readonly string[], cwd?: string): string {
  const ended = spawnSync(command, argv, { cwd, encoding: "utf8", maxBuffer: 1e8 });
  if (ended.status !== 0) throw new Error(`${command} ${argv.join(" ")}:\n${ended.stdout}${ended.stderr}`);
  return ended.stdout;
}
