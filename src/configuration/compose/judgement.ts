// What every step of composition works with: the settings, the document, and the problems found so far, all told at once.
import type { Located, Position, Problem } from "../../openapi/located.ts";
import { placed, ProblemsError } from "../../openapi/located.ts";
import type { ApiDescription } from "../../openapi/api-description.ts";
import type { LoadedSettings } from "../load.ts";
import type { Settings } from "../settings.ts";
import type { KeyPath } from "../source.ts";

/** Where something stands: in the document or in the configuration. Looked up only when shown. */
export type Place = { readonly document: Located; readonly key?: string } | { readonly settings: KeyPath };

export class Judgement {
  readonly loaded: LoadedSettings;
  readonly settings: Settings;
  readonly api: ApiDescription;
  readonly problems: Problem[] = [];

  constructor(loaded: LoadedSettings, api: ApiDescription) {
    this.loaded = loaded;
    this.settings = loaded.settings;
    this.api = api;
  }

  error(rule: string, place: Place, message: string, remedy: string): void {
    this.#add("error", rule, place, message, remedy);
  }

  warn(rule: string, place: Place, message: string, remedy: string): void {
    this.#add("warning", rule, place, message, remedy);
  }

  advise(rule: string, place: Place, message: string, remedy: string): void {
    this.#add("advice", rule, place, message, remedy);
  }

  position(place: Place): Position {
    if ("settings" in place) return this.loaded.position(place.settings, "key");
    return this.api.set.position(place.document, place.key);
  }

  /** What `work` gives. Problems that it throws without a place get this one. */
  attempt<T>(place: Place, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.collect(place, error);
      return undefined;
    }
  }

  collect(place: Place, error: unknown): void {
    if (!(error instanceof ProblemsError)) throw error;
    for (const problem of error.problems) {
      this.problems.push({ ...problem, position: problem.position ?? this.position(place) });
    }
  }

  #add(severity: Problem["severity"], rule: string, place: Place, message: string, remedy: string): void {
    const problem = { severity, rule: `configuration.${rule}`, message, remedy };
    this.problems.push(placed(problem, () => this.position(place)));
  }
}
