// Broken configuration of an authenticator: stops the start. Composition adds file and line.
import { ProblemsError } from "../openapi/located.ts";

export function brokenOption(rule: `authentication.${string}`, message: string, remedy: string): ProblemsError {
  return new ProblemsError([{ severity: "error", rule, message, remedy, position: undefined }]);
}
