// Writes the body of a problem answer: application/problem+json as RFC 9457 has it, from plain data.

export interface ProblemData {
  readonly status: number;
  readonly title: string;
  /** The stable code: `authentication.token-expired`. */
  readonly reason: string;
  readonly requestId: string;
  readonly detail?: string | undefined;
  readonly violations?: readonly { readonly in: string; readonly at: string; readonly message: string }[] | undefined;
}

/** The media type of what `problemBody` writes. */
export const PROBLEM_MEDIA_TYPE = "application/problem+json";

/** `type` names the reason and is no address: nobody can be led to fetch it. */
export function problemBody(problem: ProblemData): string {
  const { status, title, reason, requestId, detail, violations } = problem;
  const type = `urn:portcullis:reason:${reason}`;
  if (violations === undefined) {
    return JSON.stringify(
      detail === undefined
        ? { type, title, status, reason, requestId }
        : { type, title, status, detail, reason, requestId },
    );
  }
  const errors = violations.map((violation) => ({ in: violation.in, at: violation.at, message: violation.message }));
  return JSON.stringify({ type, title, status, detail, reason, requestId, errors });
}
