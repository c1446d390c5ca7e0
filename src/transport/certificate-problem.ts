// What can be wrong with certificate files, said so that the owner knows what to do.
import { ProblemsError } from "../openapi/located.ts";

/** Stops the start, or keeps the certificate that is in use where it was a reload. */
export function certificateProblem(rule: string, message: string, remedy: string): ProblemsError {
  return new ProblemsError([{ severity: "error", rule: `transport.${rule}`, message, remedy, position: undefined }]);
}
