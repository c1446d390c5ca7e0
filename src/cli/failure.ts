// What a person is told when a command fails, and the exit code that follows.
import { ProblemsError } from "../openapi/located.ts";
import { coloursFor } from "./colours.ts";
import { EXIT_CANNOT_TELL, EXIT_FINDINGS, UsageError } from "./command.ts";
import type { Io } from "./io.ts";
import { countLine, problemLines } from "./problems.ts";

/** No stack for people: an error that nobody foresaw says how to see more. */
export function tellFailure(error: unknown, io: Pick<Io, "stderr" | "env">): number {
  const colours = coloursFor(io.stderr, io.env);
  if (error instanceof ProblemsError) {
    const { problems } = error;
    io.stderr.write([...problemLines(problems, colours), "", countLine(problems), ""].join("\n"));
    return EXIT_FINDINGS;
  }
  if (error instanceof UsageError) {
    io.stderr.write(`${colours.red("error")}  ${error.message}\n`);
    if (error.remedy !== undefined) io.stderr.write(`       ${colours.dim(error.remedy)}\n`);
    return EXIT_CANNOT_TELL;
  }
  const debug = (io.env["PORTCULLIS_DEBUG"] ?? "") !== "";
  const what = error instanceof Error ? ((debug ? error.stack : undefined) ?? error.message) : String(error);
  io.stderr.write(`${colours.red("error")}  unexpected: ${what}\n`);
  if (!debug) io.stderr.write(`       ${colours.dim("PORTCULLIS_DEBUG=1 shows where it comes from.")}\n`);
  return EXIT_CANNOT_TELL;
}
