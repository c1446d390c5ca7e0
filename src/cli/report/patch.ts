// Makes a patch of a proposal, and judges the patched document as `check` would.
import { relative, resolve } from "node:path";
import { compose, offlinePorts } from "../../configuration/compose.ts";
import type { LoadedSettings } from "../../configuration/load.ts";
import { Additions } from "../../openapi/amend/additions.ts";
import { amended } from "../../openapi/amend/amended.ts";
import { overlay } from "../../openapi/amend/overlay.ts";
import { unifiedDiff } from "../../openapi/amend/unified-diff.ts";
import type { ApiDescription } from "../../openapi/api-description.ts";
import { type Problem, ProblemsError } from "../../openapi/located.ts";
import type { Proposal } from "./proposal.ts";

export interface Patch {
  readonly kind: "diff" | "overlay";
  readonly text: string;
  /** What `check` says of the patched document and not of this one. */
  readonly problems: readonly Problem[];
}

export interface PatchOptions {
  readonly api: ApiDescription;
  readonly loaded: LoadedSettings;
  readonly cwd: string;
  /** An overlay, whether a diff could be made or not. */
  readonly asOverlay: boolean;
}

/** Undefined where nothing is proposed. */
export async function patchOf({ additions }: Proposal, options: PatchOptions): Promise<Patch | undefined> {
  const { api, cwd, asOverlay } = options;
  const written = [...additions].filter(([, own]) => !own.isEmpty);
  if (written.length === 0) return undefined;
  const { readText } = offlinePorts(cwd);
  const texts = new Map<string, string>();
  const diffs: string[] = [];
  for (const [file, own] of written) {
    // oxlint-disable-next-line no-await-in-loop -- documents have few files
    const text = await readText(file);
    const value = api.set.valueOf(file);
    const result = amended(file, text, value, own);
    if (result === undefined) break;
    texts.set(file, result.text);
    const name = relative(cwd, resolve(cwd, file)).replaceAll("\\", "/");
    diffs.push(unifiedDiff(name, text, result.insertions));
  }
  if (asOverlay || texts.size < written.length) {
    const root = additions.get(api.set.root.file) ?? new Additions();
    return { kind: "overlay", text: overlay(api.set.root.file, api.set.root.value, root), problems: [] };
  }
  return { kind: "diff", text: diffs.join(""), problems: await newProblems(texts, options) };
}

/** Errors that the patched document has. The unpatched one has none: it was read before. */
async function newProblems(
  texts: ReadonlyMap<string, string>,
  { loaded, cwd }: PatchOptions,
): Promise<readonly Problem[]> {
  const ports = offlinePorts(cwd);
  const readText = (file: string) => {
    const text = texts.get(file);
    return text === undefined ? ports.readText(file) : Promise.resolve(text);
  };
  try {
    await (await compose(loaded, { ...ports, readText })).close();
    return [];
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    return error.problems.filter(({ severity }) => severity === "error");
  }
}
