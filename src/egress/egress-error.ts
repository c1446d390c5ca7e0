// Why a request of ours brought nothing. The message names host and path, never a query or a credential.

export type EgressFault =
  | "url-refused"
  | "address-refused"
  | "unreachable"
  | "timeout"
  | "status"
  | "too-large"
  | "not-json"
  | "not-text"
  | "closed";

export class EgressError extends Error {
  readonly code: EgressFault;
  /** The message without its beginning: where even a path is a secret, or where it was no URL. */
  readonly what: string;
  /** HTTP status, where one came. */
  readonly status: number | undefined;

  constructor(code: EgressFault, url: URL, what: string, status?: number) {
    super(`${url.origin}${url.pathname}: ${what}`);
    this.name = "EgressError";
    this.code = code;
    this.what = what;
    this.status = status;
  }
}
