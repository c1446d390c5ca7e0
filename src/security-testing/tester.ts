// What a kind of test is given, and what it is to the verb.
import type { Composition } from "../configuration/compose.ts";
import type { LoadedSettings } from "../configuration/load.ts";
import type { ApiDescription } from "../openapi/api-description.ts";
import type { StartGate } from "./dynamic/gate-port.ts";
import type { TestFile } from "./dynamic/test-file/load.ts";
import type { Report } from "./finding.ts";
import type { Kind } from "./rule.ts";

/** Options of the command line, by name. */
export interface TestOptions {
  /** The value; the last one where several were given. */
  text(name: string): string | undefined;
  all(name: string): readonly string[];
  has(name: string): boolean;
}

/** What a test of files alone needs: it runs where there is no OpenAPI document, too. */
export interface FolderContext {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when the user stops the run: what was found so far is reported. */
  readonly signal: AbortSignal;
  readonly options: TestOptions;
}

/** What a test of the API needs beside that. */
export interface TestContext extends FolderContext {
  readonly loaded: LoadedSettings;
  readonly api: ApiDescription;
  readonly composition: Composition;
  /** What dynamic tests are told about the API. */
  readonly testFile: TestFile;
  /** How dynamic tests get a gate of their own. */
  readonly startGate: StartGate;
}

/** Yields what it finds as it finds it. */
export interface Tester<Context extends FolderContext = TestContext> {
  readonly kind: Kind;
  run(context: Context): AsyncIterable<Report>;
}

/** An option of `portcullis test` that belongs to one kind. */
export interface TestOption {
  /** Shown behind the name; left out for flags that take no value. */
  readonly value?: string;
  readonly what: string;
  readonly several?: boolean;
}

interface Listed<K extends Kind, Context extends FolderContext> {
  readonly kind: K;
  /** `api`: needs document and policy. `folder`: needs files only. */
  readonly needs: Context extends TestContext ? "api" : "folder";
  readonly options: Readonly<Record<string, TestOption>>;
  readonly load: () => Promise<Tester<Context>>;
}

export type ListedTester =
  | Listed<"contract" | "dynamic", TestContext>
  | Listed<"source" | "dependencies" | "secrets", FolderContext>;
