// Where configuration comes from: a file, an object in code, flags of the command line; and where each value stands.
import path from "node:path";
import type { Position, Problem } from "../openapi/located.ts";

export type KeyPath = readonly (string | number)[];

/** A flag of the command line as the configuration sees it: one value at one place. */
export interface Flag {
  /** As typed: `--issuer`. */
  readonly name: string;
  readonly path: KeyPath;
  readonly value: unknown;
}

/** Raw configuration, before the schema has judged it. */
export interface ConfigurationSource {
  readonly value: unknown;
  /** What is known to be wrong before the schema judges: names that the environment lacks. */
  readonly problems: readonly Problem[];
  /** The place of a value or, where it does not exist, of its nearest ancestor that does. */
  position(path: KeyPath, of: "key" | "value"): Position;
  /** The folder that a relative file name at this place starts from. */
  folder(path: KeyPath): string;
  /** Whether the text at this place came from the environment. */
  fromEnvironment(path: KeyPath): boolean;
}

/** An object given in code. */
export function objectSource(value: unknown, cwd: string, name = "configuration"): ConfigurationSource {
  return {
    value,
    problems: [],
    position: (at) => ({ file: at.length === 0 ? name : `${name}.${at.join(".")}`, line: 0, column: 0 }),
    folder: () => cwd,
    fromEnvironment: () => true,
  };
}

/** Lays flags over what a file or object says: the flag wins, and messages name it. */
export function withFlags(source: ConfigurationSource, flags: readonly Flag[], cwd: string): ConfigurationSource {
  if (flags.length === 0) return source;
  let value = source.value;
  const byPath = new Map<string, Flag>();
  for (const flag of flags) {
    value = replaceAt(value, flag.path, flag.value);
    byPath.set(JSON.stringify(flag.path), flag);
  }
  const flagOf = (at: KeyPath) => {
    for (let length = at.length; length > 0; length -= 1) {
      const flag = byPath.get(JSON.stringify(at.slice(0, length)));
      if (flag !== undefined) return flag;
    }
    // A mapping that only flags made: its first flag stands for it.
    const inside = flags.find((flag) => at.length < flag.path.length && at.every((key, i) => flag.path[i] === key));
    return inside !== undefined && !isWritten(source.value, at) ? inside : undefined;
  };
  return {
    value,
    problems: source.problems,
    position: (at, of) => {
      const flag = flagOf(at);
      return flag === undefined ? source.position(at, of) : { file: `command line ${flag.name}`, line: 0, column: 0 };
    },
    folder: (at) => (flagOf(at) === undefined ? source.folder(at) : cwd),
    // What stands on a command line is no secret any more; flags carry none.
    fromEnvironment: (at) => flagOf(at) === undefined && source.fromEnvironment(at),
  };
}

/** A file named in the configuration, whole. */
export function resolveFile(source: ConfigurationSource, at: KeyPath, file: string): string {
  return path.resolve(source.folder(at), file);
}

/** The same as messages show it: relative to the working folder where it lies below. Whoever opens it resolves it from there. */
export function shownFile(file: string, cwd: string): string {
  const relative = path.relative(cwd, file);
  return relative === "" || relative.startsWith("..") || path.isAbsolute(relative) ? file : relative;
}

/** An error of the configuration, at its place. */
export function problemAt(
  source: ConfigurationSource,
  at: KeyPath,
  rule: string,
  message: string,
  remedy: string | undefined,
  of: "key" | "value" = "value",
): Problem {
  return { severity: "error", rule: `configuration.${rule}`, message, remedy, position: source.position(at, of) };
}

function replaceAt(value: unknown, at: KeyPath, replacement: unknown): unknown {
  const [key, ...rest] = at;
  if (key === undefined) return replacement;
  // Whatever cannot hold the key is left for the schema to refuse.
  const isMapping = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isMapping && value !== undefined && value !== null) return value;
  const mapping = (value ?? {}) as Record<string, unknown>;
  return { ...mapping, [key]: replaceAt(mapping[String(key)], rest, replacement) };
}

/** Whether there is a value at this place. */
export function isWritten(value: unknown, at: KeyPath): boolean {
  let node = value;
  for (const key of at) {
    if (typeof node !== "object" || node === null || !Object.hasOwn(node, key)) return false;
    node = (node as Record<string | number, unknown>)[key];
  }
  return node !== undefined;
}
