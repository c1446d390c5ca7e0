// All files of one OpenAPI document, each parsed once, and the way through their references.
import { FILE_FAILURES } from "./file-failures.ts";
import { type Located, type Position, type Problem, ProblemsError } from "./located.ts";
import { isObject, memberOf, pointerKeys, pointerTo } from "./pointer.ts";
import { folderOf, placeOf, splitReference } from "./reference-place.ts";
import { SourceFile } from "./source-file.ts";
import { readVersion, type Version } from "./version.ts";

/** Reads a file as UTF-8 text (I/O port). */
export type ReadText = (file: string) => Promise<string>;
/** The file's or folder's path with all symbolic links resolved, as `fs.promises.realpath` gives it (I/O port). */
export type RealPath = (file: string) => Promise<string>;

const REFERENCE_CHAIN_MAX = 64;

export class DocumentSet {
  readonly root: Located;
  readonly version: Version;
  readonly #rootFolder: string;
  readonly #files: ReadonlyMap<string, SourceFile>;
  /** Files that are referred to and could not be had: an error only where something really needs them. */
  readonly #missing: ReadonlyMap<string, readonly Problem[]>;

  private constructor(
    root: SourceFile,
    files: ReadonlyMap<string, SourceFile>,
    missing: ReadonlyMap<string, readonly Problem[]>,
  ) {
    this.root = { value: root.value, file: root.name, pointer: "" };
    this.#rootFolder = folderOf(root.name);
    this.#files = files;
    this.#missing = missing;
    this.version = readVersion(this);
  }

  /**
   * Reads the document and every file that it refers to below its folder. Other files are read only where `realPath`
   * is given, so that no symbolic link can lead out of the folder unnoticed. Throws ProblemsError.
   */
  static async load(file: string, read: ReadText, realPath?: RealPath): Promise<DocumentSet> {
    const root = SourceFile.parse(file, await readOrThrow(file, read));
    const files = new Map([[file, root]]);
    const missing = new Map<string, readonly Problem[]>();
    const rootFolder = folderOf(file);
    const isInside = realPath === undefined ? undefined : await insideOf(file, rootFolder, realPath);
    const waiting = [root];
    for (let from = waiting.pop(); from !== undefined; from = waiting.pop()) {
      for (const reference of from.survey.outside) {
        const place = placeOf(splitReference(reference).address, from.name, rootFolder);
        if (!("file" in place) || files.has(place.file) || missing.has(place.file)) continue;
        try {
          // oxlint-disable-next-line no-await-in-loop -- each file says which are next
          if (isInside !== undefined) await isInside(place.file);
          else throw new ProblemsError([unreadable(place.file, "only the root document may be read here")]);
          // oxlint-disable-next-line no-await-in-loop
          const next = SourceFile.parse(place.file, await readOrThrow(place.file, read));
          files.set(place.file, next);
          waiting.push(next);
        } catch (error) {
          if (!(error instanceof ProblemsError)) throw error;
          missing.set(place.file, error.problems);
        }
      }
    }
    return new DocumentSet(root, files, missing);
  }

  /** Takes a document from code. It refers to itself only. */
  static fromObject(value: unknown, name = "openapi"): DocumentSet {
    let copy: unknown;
    try {
      copy = JSON.parse(JSON.stringify(value)) as unknown;
    } catch {
      const message = `${name}: the document is cyclic or not JSON`;
      const remedy = "Give the document with its `$ref`s, not dereferenced.";
      throw new ProblemsError([
        { severity: "error", rule: "openapi.syntax", message, remedy, position: { file: name, line: 1, column: 1 } },
      ]);
    }
    const root = SourceFile.fromValue(name, copy);
    return new DocumentSet(root, new Map([[name, root]]), new Map());
  }

  /** Names of all files read, the root first. */
  get files(): string[] {
    return [...this.#files.keys()];
  }

  /** What a file holds; undefined where it was not read. */
  valueOf(file: string): unknown {
    return this.#files.get(file)?.value;
  }

  /** The node below, following no `$ref`; its value is undefined where it is absent. */
  child(at: Located, ...keys: (string | number)[]): Located {
    let { value, pointer } = at;
    for (const key of keys) {
      value = memberOf(value, key);
      pointer = pointerTo(pointer, key);
    }
    return { value, file: at.file, pointer };
  }

  /** The node itself, or where its `$ref` leads, through any chain. Throws ProblemsError. */
  follow(at: Located): Located {
    let node = at;
    for (let i = 0; i < REFERENCE_CHAIN_MAX; i += 1) {
      const reference = memberOf(node.value, "$ref");
      if (typeof reference !== "string") return node;
      node = this.target(reference, node);
    }
    throw this.#broken(
      at,
      "openapi.reference-cycle",
      "this reference leads back to itself",
      "Let one of them be what it describes.",
    );
  }

  /** What `reference`, written in the node `from`, points to. Throws ProblemsError. */
  target(reference: string, from: Located): Located {
    const { address, fragment } = splitReference(reference);
    const base = this.#resource(address, reference, from);
    let name: string;
    try {
      name = decodeURIComponent(fragment);
    } catch {
      throw this.#unresolved(reference, from, "its percent-encoding is broken");
    }
    if (name === "") return base;
    if (name.startsWith("/")) return this.#descend(base, name, reference, from);
    const anchor = this.#anchor(base, name);
    if (typeof anchor !== "string") {
      const many = anchor === 0 ? "no" : "more than one";
      throw this.#unresolved(reference, from, `${many} "$anchor": "${name}" is there`);
    }
    return this.#at(base.file, anchor);
  }

  /** Where the node stands, or its member `key`. Reads the text only when asked. */
  position(at: Located, key?: string): Position {
    const pointer =
      key === undefined || memberOf(at.value, key) === undefined ? at.pointer : pointerTo(at.pointer, key);
    return this.#files.get(at.file)?.position(pointer, pointerKeys(pointer)) ?? { file: at.file, line: 1, column: 1 };
  }

  /** The file, or the schema with an `$id` inside one, that a reference's fragment is counted from. */
  #resource(address: string, reference: string, from: Located): Located {
    const enclosing = this.version === "3.0" ? undefined : this.#enclosingResource(from);
    if (address === "") return enclosing?.at ?? this.#at(from.file, "");
    if (this.version !== "3.0") {
      const absolute =
        enclosing !== undefined && URL.canParse(address, enclosing.id) ? new URL(address, enclosing.id).href : address;
      for (const file of this.#files.values()) {
        const pointer = file.survey.identifiers.get(absolute) ?? file.survey.identifiers.get(address);
        if (pointer !== undefined) return this.#at(file.name, pointer);
        if (memberOf(file.value, "$self") === address) return this.#at(file.name, "");
      }
    }
    const place = placeOf(address, from.file, this.#rootFolder);
    if (!("file" in place)) {
      throw this.#broken(
        from,
        "openapi.reference-refused",
        `the reference "${reference}" is refused: ${place.refused}`,
        place.remedy,
      );
    }
    if (this.#files.has(place.file)) return this.#at(place.file, "");
    const reasons = this.#missing.get(place.file);
    if (reasons === undefined) throw this.#unresolved(reference, from, `"${place.file}" was not read`);
    const unreadableHere = this.#unresolved(reference, from, `"${place.file}" cannot be used`);
    throw new ProblemsError([...unreadableHere.problems, ...reasons]);
  }

  /** The pointer of the anchor in that resource, or in the only one that has it; else how many there are. */
  #anchor(base: Located, name: string): string | number {
    const all = this.#files.get(base.file)?.survey.anchors.get(name) ?? [];
    const isOwn = (pointer: string): boolean =>
      (this.#enclosingResource(this.#at(base.file, pointer))?.at.pointer ?? "") === base.pointer;
    const own = all.length === 1 ? all : all.filter(isOwn);
    return own.length === 1 ? (own[0] as string) : own.length;
  }

  #enclosingResource(from: Located): { id: string; at: Located } | undefined {
    if (this.#files.get(from.file)?.survey.identifiers.size === 0) return undefined;
    const keys = pointerKeys(from.pointer);
    for (let length = keys.length; length > 0; length -= 1) {
      const at = this.#at(from.file, keys.slice(0, length).reduce<string>(pointerTo, ""));
      const id = memberOf(at.value, "$id");
      if (typeof id === "string") return { id, at };
    }
    return undefined;
  }

  #at(file: string, pointer: string): Located {
    const root: Located = { value: this.#files.get(file)?.value, file, pointer: "" };
    return this.child(root, ...pointerKeys(pointer));
  }

  /** Walks a pointer down. Where it passes a `$ref`, it goes on behind it, as most documents and tools expect. */
  #descend(base: Located, pointer: string, reference: string, from: Located): Located {
    let node = base;
    let hops = 0;
    for (const key of pointerKeys(pointer)) {
      let next = this.child(node, key);
      if (next.value === undefined && isObject(node.value) && typeof node.value["$ref"] === "string") {
        hops += 1;
        const passed = node.value["$ref"];
        if (hops > REFERENCE_CHAIN_MAX || passed === reference) {
          throw this.#broken(
            from,
            "openapi.reference-cycle",
            `the reference "${reference}" leads back to itself`,
            undefined,
          );
        }
        next = this.child(this.follow(node), key);
      }
      if (next.value === undefined)
        throw this.#unresolved(reference, from, `"${next.file}" has nothing at "${next.pointer}"`);
      node = next;
    }
    return node;
  }

  #unresolved(reference: string, from: Located, why: string): ProblemsError {
    const message = `the reference "${reference}" leads nowhere: ${why}`;
    return this.#broken(from, "openapi.reference-unresolved", message, "Correct the reference, or add what it names.");
  }

  #broken(from: Located, rule: string, message: string, remedy: string | undefined): ProblemsError {
    return new ProblemsError([{ severity: "error", rule, message, remedy, position: this.position(from, "$ref") }]);
  }
}

async function readOrThrow(file: string, read: ReadText): Promise<string> {
  try {
    return await read(file);
  } catch (error) {
    const code = isObject(error) && typeof error["code"] === "string" ? error["code"] : "the file cannot be read";
    throw new ProblemsError([unreadable(file, FILE_FAILURES[code] ?? code)]);
  }
}

function unreadable(file: string, why: string): Problem {
  return {
    severity: "error",
    rule: "openapi.file-unreadable",
    message: `"${file}" cannot be read: ${why}`,
    remedy: "Check the path and the permissions of the file.",
    position: { file, line: 1, column: 1 },
  };
}

/** Refuses files whose real place is outside the real folder of the root document: symbolic links are followed first. */
async function insideOf(
  root: string,
  rootFolder: string,
  realPath: RealPath,
): Promise<(file: string) => Promise<void>> {
  const folders = [folderOf(await realPath(root)), `${await realPath(rootFolder === "" ? "." : rootFolder)}/`];
  return async (file) => {
    let real: string;
    try {
      real = await realPath(file);
    } catch (error) {
      const code = isObject(error) && typeof error["code"] === "string" ? error["code"] : "it does not exist";
      throw new ProblemsError([unreadable(file, FILE_FAILURES[code] ?? code)]);
    }
    if (!folders.some((folder) => real.startsWith(folder))) {
      throw new ProblemsError([unreadable(file, "a symbolic link leads out of the folder of the root document")]);
    }
  };
}
