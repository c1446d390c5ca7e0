// What a request of an operation is made from: values by place, from examples, schemas and what earlier answers told.
import type { ApiDescription } from "../../openapi/api-description.ts";
import type { Located } from "../../openapi/located.ts";
import type { Caller, Callers } from "./callers.ts";
import type { Subject } from "./subject.ts";
import type { Client, Wire } from "./wire.ts";

export interface RequestValues {
  readonly path: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  /** Names in lower case. */
  readonly header: Readonly<Record<string, unknown>>;
  readonly cookie: Readonly<Record<string, unknown>>;
  /** Undefined: no body. */
  readonly body: unknown;
  /** Content-Type of the body. */
  readonly mediaType: string | undefined;
}

/** Why no request could be made: `no operation makes what {orderId} names`. */
export interface Unprepared {
  readonly why: string;
}

export interface Requests {
  /**
   * Values that the document allows. What its path names is made first, as `owner`, by the operations that make it. Each call
   * makes new values within the seed: nothing of an earlier one is changed.
   */
  prepare(subject: Subject, owner: Caller): Promise<RequestValues | Unprepared>;
  /** Values that the document allows, where nothing is that they name. Asks nobody. */
  invent(subject: Subject): RequestValues | Unprepared;
  /** A value that the schema there allows in a request, for what `prepare` leaves out; undefined where none was found. */
  sample(schema: Located): unknown;
  /** The request of these values; styles and encodings as the document says. A body that is a string or bytes goes as it is. */
  wire(subject: Subject, values: RequestValues, caller: Caller): Wire;
  /** Whether the object that the path of these values names was made in this run. */
  isOwn(subject: Subject, values: RequestValues): boolean;
  /** Whether the path names who asks, as the API itself says: theirs, and not made in this run. */
  isSelf(subject: Subject, values: RequestValues): boolean;
  /** Why what the path names was not made, though there is an operation that makes it: as `prepare` last met it. */
  hindered(subject: Subject): string | undefined;
  /** The operation that reads what this path names (GET of the same template, or its parent), where there is one. */
  readerOf(subject: Subject): Subject | undefined;
}

/** What a generator of requests is made of. */
export interface RequestsOptions {
  readonly api: ApiDescription;
  readonly subjects: readonly Subject[];
  readonly client: Client;
  readonly callers: Callers;
  /** The same numbers for each unit of a run with the same seed: at least 0, below 1. */
  readonly random: () => number;
  /** What the owner gave for operations that nothing can be guessed for: by operationId, then `path orderId` or `body`. */
  readonly given: ReadonlyMap<string, GivenValues>;
}

/** What stands in the test file under `values`. */
export type GivenValues = {
  readonly [Place in Exclude<keyof RequestValues, "mediaType">]?: RequestValues[Place] | undefined;
};
