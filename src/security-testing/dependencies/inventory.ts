// What a lock file or bill of materials says is installed: packages, what each needs, and where the list begins.

/** One package in one version, as one file lists it. */
export interface Installed {
  /** Unique in its file. */
  readonly key: string;
  /** The name in the registry, also where it is installed under another. */
  readonly name: string;
  readonly version: string;
  readonly isDevelopment: boolean;
  /** Undefined where the form of the file does not tell. */
  readonly hasInstallScript: boolean | undefined;
  /** The line of the file that lists it. 1-based. */
  readonly line: number;
  /** Keys of what it needs. */
  readonly needs: readonly string[];
}

/** A project or workspace: where a path to a package begins. */
export interface Root {
  readonly name: string;
  readonly needs: readonly string[];
}

export interface Inventory {
  readonly file: string;
  readonly packages: ReadonlyMap<string, Installed>;
  readonly roots: readonly Root[];
  /** False: the file lists packages without saying which needs which. */
  readonly hasPaths: boolean;
  /** Only of a bill that Portcullis wrote: what it read for it, from the bill's folder. */
  readonly madeFrom?: readonly string[];
}

/** The property of a bill by which Portcullis knows its own. */
export const MADE_FROM = "portcullis:made-from";

/** A file that cannot be read as what its name says it is. */
export class InventoryError extends Error {}

/** Lines of marks in a text, in one pass for each. */
export function lineFinder(text: string): (mark: string, from?: string) => number {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (mark, from) => {
    const at = text.indexOf(mark, from === undefined ? 0 : Math.max(0, text.indexOf(from)));
    if (at === -1) return 1;
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] as number) <= at) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
}

type Json = Readonly<Record<string, unknown>>;

export function asObject(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function asText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
