// What every step of resolving works with: the source, the problems found so far, files relative to where they were named.
import type { Problem } from "../../openapi/located.ts";
import { type ConfigurationSource, type KeyPath, problemAt, resolveFile, shownFile } from "../source.ts";

export class Resolving {
  readonly source: ConfigurationSource;
  readonly problems: Problem[] = [];
  /** Reads a file that `file` gave. */
  readonly readText: (file: string) => Promise<string>;
  readonly #cwd: string;

  constructor(source: ConfigurationSource, cwd: string, readText: (file: string) => Promise<string>) {
    this.source = source;
    this.readText = readText;
    this.#cwd = cwd;
  }

  error(at: KeyPath, rule: string, message: string, remedy?: string): void {
    this.problems.push(problemAt(this.source, at, rule, message, remedy));
  }

  warn(at: KeyPath, rule: string, message: string, remedy?: string): void {
    this.problems.push({ ...problemAt(this.source, at, rule, message, remedy), severity: "warning" });
  }

  /** A file as this process opens it, from whatever folder. */
  file(at: KeyPath, file: string): string {
    return resolveFile(this.source, at, file);
  }

  /** A file as messages show it, from the working folder. */
  shownFile(at: KeyPath, file: string): string {
    return shownFile(this.file(at, file), this.#cwd);
  }
}
