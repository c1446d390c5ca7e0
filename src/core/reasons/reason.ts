// What a reason is: a stable, documented code with its status, its public title and the owner's remedy.

/** One way in which a request can be refused. Codes are never reused, even when a reason is retired. */
export interface Reason {
  /** HTTP status of the answer. */
  readonly status: number;
  /** Short public sentence for the client. Never carries a value from the request. */
  readonly title: string;
  /** What the owner of the API looks at or changes when this was not meant to happen. */
  readonly remedy: string;
}
