// Judges the options of middlewares written in code: every slip stops the start, with the middleware's name and the remedy.
import { suggestion } from "../configuration/did-you-mean.ts";
import { ProblemsError } from "../openapi/located.ts";

/** Runs `make`; what it finds broken is told with the name of the middleware, its place in the message. */
export function making<T>(who: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    throw saidBy(who, error);
  }
}

function saidBy(who: string, { problems }: ProblemsError): ProblemsError {
  return new ProblemsError(problems.map((problem) => ({ ...problem, message: `${who}(): ${problem.message}` })));
}

/** A mistake in how middlewares stand together, seen at a request. */
export function misplaced(who: string, rule: string, message: string, remedy: string): ProblemsError {
  return saidBy(who, broken(rule, message, remedy));
}

/** An option that cannot be meant. */
export function broken(rule: string, message: string, remedy: string): ProblemsError {
  return new ProblemsError([
    { severity: "error", rule: `configuration.${rule}`, message, remedy, position: undefined },
  ]);
}

/** What is not among the known options would be ignored, and somebody would rely on it. */
export function checkOptions(options: unknown, known: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw broken("option-missing", "an object of options is needed", `Known here: ${known.join(", ")}.`);
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    throw broken("option-unknown", `unknown option "${name}"`, suggestion(name, known) ?? "");
  }
}

/** A list of names that is not empty: of scopes, of roles. */
export function checkNames(what: string, names: readonly unknown[]): void {
  if (names.length > 0 && names.every((name) => typeof name === "string" && name !== "")) return;
  throw broken("option-invalid", `${what} are named as text, at least one`, `Such as "orders:write".`);
}
