// The command line: finds the verb, runs it, and turns whatever goes wrong into a sentence and an exit code.
import { suggestion } from "../configuration/did-you-mean.ts";
import { ProblemsError } from "../openapi/located.ts";
import { readArguments } from "./arguments.ts";
import { checkCommand } from "./check.ts";
import { coloursFor } from "./colours.ts";
import { type Command, EXIT_CANNOT_TELL, EXIT_FINDINGS, EXIT_OK, UsageError } from "./command.ts";
import { explainCommand } from "./explain.ts";
import { commandHelp, generalHelp } from "./help.ts";
import { identityCommand } from "./identity.ts";
import { initCommand } from "./init.ts";
import { type Io, processIo } from "./io.ts";
import { countLine, problemLines } from "./problems.ts";
import { keysCommand } from "./keys.ts";
import { reportCommand } from "./report.ts";
import { startCommand } from "./start.ts";
import { tokensCommand } from "./tokens.ts";
import { packageVersion } from "./version.ts";

export const COMMANDS: readonly Command[] = [
  initCommand,
  startCommand,
  checkCommand,
  explainCommand,
  reportCommand,
  keysCommand,
  tokensCommand,
  identityCommand,
];

/** Runs a command line. The result is the exit code; nothing is thrown. */
export async function main(argv: readonly string[], io: Io = processIo()): Promise<number> {
  try {
    return await run(argv, io);
  } catch (error) {
    return fail(error, io);
  }
}

async function run(argv: readonly string[], io: Io): Promise<number> {
  const [verb, ...rest] = argv;
  const colours = coloursFor(io.stdout, io.env);
  const asksHelp = verb === "--help" || verb === "-h" || verb === "help";
  if (verb === undefined || (asksHelp && rest.length === 0)) {
    (verb === undefined ? io.stderr : io.stdout).write(generalHelp(COMMANDS, colours));
    return verb === undefined ? EXIT_CANNOT_TELL : EXIT_OK;
  }
  if (verb === "--version" || verb === "-v") {
    io.stdout.write(`${packageVersion()}\n`);
    return EXIT_OK;
  }
  const name = asksHelp ? (rest[0] as string) : verb;
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) throw unknownVerb(name);
  const given = readArguments(command, asksHelp ? ["--help"] : rest);
  if (given.has("help")) {
    io.stdout.write(commandHelp(command, colours));
    return EXIT_OK;
  }
  if (command !== startCommand) io.endWithReader();
  return command.run(given, io);
}

function unknownVerb(name: string): UsageError {
  const names = COMMANDS.map((command) => command.name);
  if (name.startsWith("-"))
    return new UsageError(`there is no option ${name} here`, "Options follow a command. See portcullis --help.");
  return new UsageError(`there is no command "${name}"`, suggestion(name, names));
}

/** No stack for people: an error that nobody foresaw says how to see more. */
function fail(error: unknown, io: Io): number {
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
