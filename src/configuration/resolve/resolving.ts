// What every step of resolving works with: the source, the problems found so far, files relative to where they were named.
import type { Problem } from "../../openapi/located.ts";
import { type ConfigurationSource, type KeyPath, problemAt, resolveFile } from "../source.ts";

export class Resolving {
  readonly source: ConfigurationSource;
  readonly problems: Problem[] = [];
  readonly #cwd: string;

  constructor(source: ConfigurationSource, cwd: string) {
    this.source = source;
    this.#cwd = cwd;
  }

  error(at: KeyPath, rule: string, message: string, remedy?: string): void {
    this.problems.push(problemAt(this.source, at, rule, message, remedy));
  }

  warn(at: KeyPath, rule: string, message: string, remedy?: string): void {
    this.problems.push({ ...problemAt(this.source, at, rule, message, remedy), severity: "warning" });
  }

  file(at: KeyPath, file: string): string {
    return resolveFile(this.source, at, file, this.#cwd);
  }
}
