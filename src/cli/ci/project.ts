// What `ci init` must know of a project: where its repository begins, who installs its packages, and which Node.js it wants.
import { execFile } from "node:child_process";
import { readFile, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import semver from "semver";
import { isObject } from "../../openapi/pointer.ts";
import { UsageError } from "../command.ts";

const run = promisify(execFile);

export type PackageManager = "npm" | "pnpm" | "yarn";

export interface Project {
  /** Where `.github` belongs. */
  readonly root: string;
  /** From there to the folder with the configuration, with forward slashes; empty where they are the same. */
  readonly folder: string;
  readonly manager: PackageManager;
  /** Whether package.json says which version of it is used. */
  readonly isManagerPinned: boolean;
  readonly isYarnClassic: boolean;
  /** The lock file, from the root; undefined where there is none yet. */
  readonly lock: string | undefined;
  readonly node: { readonly file: string } | { readonly version: string; readonly why: string | undefined };
  readonly branch: string;
  readonly hasBaseline: boolean;
  readonly hasTestFile: boolean;
}

const LOCKS: readonly (readonly [string, PackageManager])[] = [
  ["package-lock.json", "npm"],
  ["npm-shrinkwrap.json", "npm"],
  ["pnpm-lock.yaml", "pnpm"],
  ["yarn.lock", "yarn"],
];
/** What Portcullis itself runs on. */
const NODE_MAJOR_MIN = 24;
const BRANCH = /^[\w./-]+$/;

/** Throws UsageError where Portcullis is no package of the project: the workflow could not install it. */
export async function projectIn(cwd: string): Promise<Project> {
  const manifest = await manifestIn(cwd);
  const root = await repositoryRoot(cwd);
  const folder = path.relative(root, await realpath(cwd)).replaceAll(path.sep, "/");
  return {
    root,
    folder,
    ...(await managerOf(root, folder, manifest)),
    node: await nodeOf(cwd, manifest),
    branch: await branchOf(root),
    hasBaseline: await isFile(path.join(cwd, "portcullis-baseline.json")),
    hasTestFile: await isFile(path.join(cwd, "portcullis-test.yaml")),
  };
}

type Manifest = Readonly<Record<string, unknown>>;

async function manifestIn(cwd: string): Promise<Manifest> {
  const text = await readFile(path.join(cwd, "package.json"), "utf8").catch(() => undefined);
  if (text === undefined)
    throw new UsageError("there is no package.json in this folder", "Run it where the API's package.json is.");
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch {
    throw new UsageError("package.json is no JSON");
  }
  if (!isObject(manifest)) throw new UsageError("package.json is no object");
  const lists = ["dependencies", "devDependencies"].map((name) => manifest[name]);
  // Whoever took that name in the registry would otherwise run on the machine that tests.
  if (!lists.some((list) => isObject(list) && Object.hasOwn(list, "portcullis"))) {
    throw new UsageError(
      "package.json does not have portcullis among its devDependencies",
      "Add it, so that the workflow installs the version that you know: npm install --save-dev ./portcullis-0.1.0.tgz",
    );
  }
  return manifest;
}

async function repositoryRoot(cwd: string): Promise<string> {
  let folder = await realpath(cwd);
  while (!(await stat(path.join(folder, ".git")).catch(() => undefined))) {
    const above = path.dirname(folder);
    if (above === folder) return realpath(cwd);
    folder = above;
  }
  return folder;
}

type Manager = Pick<Project, "manager" | "isManagerPinned" | "isYarnClassic" | "lock">;

async function managerOf(root: string, folder: string, manifest: Manifest): Promise<Manager> {
  const [, named, version] = /^(npm|pnpm|yarn)@(\d+)/.exec(String(manifest["packageManager"])) ?? [];
  const found = await lockFileOf(root, folder, named as PackageManager | undefined);
  const manager = (named as PackageManager | undefined) ?? found?.manager;
  if (manager === undefined)
    throw new UsageError("there is no lock file of npm, pnpm or Yarn", "Install once, and commit the lock file.");
  const text = found?.manager === "yarn" ? await readFile(path.join(root, found.lock), "utf8") : "";
  return {
    manager,
    isManagerPinned: named !== undefined,
    isYarnClassic: version === undefined ? text.includes("# yarn lockfile v1") : manager === "yarn" && version === "1",
    lock: found?.lock,
  };
}

/** In the folder, or in that of its workspace. */
async function lockFileOf(
  root: string,
  folder: string,
  wanted: PackageManager | undefined,
): Promise<{ readonly lock: string; readonly manager: PackageManager } | undefined> {
  const fitting = LOCKS.filter(([, manager]) => wanted === undefined || wanted === manager);
  for (const at of [folder, ""]) {
    for (const [name, manager] of fitting) {
      const lock = path.posix.join(at, name);
      // oxlint-disable-next-line no-await-in-loop -- eight looks at most
      if (await isFile(path.join(root, lock))) return { lock, manager };
    }
  }
  return undefined;
}

async function nodeOf(cwd: string, manifest: Manifest): Promise<Project["node"]> {
  for (const file of [".nvmrc", ".node-version"]) {
    // oxlint-disable-next-line no-await-in-loop
    const text = await readFile(path.join(cwd, file), "utf8").catch(() => undefined);
    if (text !== undefined) return isNewEnough(text.trim().replace(/^v/, "")) ? { file } : older(`${file} says`, text);
  }
  const engines = isObject(manifest["engines"]) ? manifest["engines"]["node"] : undefined;
  if (typeof engines !== "string") return { version: `${NODE_MAJOR_MIN}`, why: undefined };
  return isNewEnough(engines) ? { file: "package.json" } : older("package.json says", engines);
}

function isNewEnough(range: string): boolean {
  return semver.validRange(range) !== null && (semver.minVersion(range)?.major ?? 0) >= NODE_MAJOR_MIN;
}

function older(where: string, text: string): Project["node"] {
  const said = text
    .trim()
    .replaceAll(/[^\w.<>=^~|* -]/g, "")
    .slice(0, 40);
  return { version: `${NODE_MAJOR_MIN}`, why: `${where} ${said}; Portcullis needs ${NODE_MAJOR_MIN}` };
}

async function branchOf(root: string): Promise<string> {
  const asked = [
    ["symbolic-ref", "--short", "refs/remotes/origin/HEAD"],
    ["symbolic-ref", "--short", "HEAD"],
  ];
  for (const words of asked) {
    // oxlint-disable-next-line no-await-in-loop
    const said = await run("git", ["-c", "core.fsmonitor=false", ...words], { cwd: root }).catch(() => undefined);
    const name = said?.stdout.trim().replace(/^origin\//, "");
    if (name !== undefined && BRANCH.test(name)) return name;
  }
  return "main";
}

async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
}
