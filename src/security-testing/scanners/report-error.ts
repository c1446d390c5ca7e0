// A report of another tool that cannot be taken over: what is wrong with it, and what to do.

export class ReportError extends Error {
  readonly remedy: string | undefined;

  constructor(message: string, remedy?: string) {
    super(message);
    this.name = "ReportError";
    this.remedy = remedy;
  }
}
