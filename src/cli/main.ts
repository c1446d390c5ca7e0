// The command line: finds the verb, runs it, and turns whatever goes wrong into a sentence and an exit code.
import { suggestion } from "../configuration/did-you-mean.ts";
import { readArguments } from "./arguments.ts";
import { coloursFor } from "./colours.ts";
import { type Command, EXIT_CANNOT_TELL, EXIT_OK, UsageError } from "./command.ts";
import { tellFailure } from "./failure.ts";
import { commandHelp, generalHelp } from "./help.ts";
import { type Io, processIo } from "./io.ts";
import { packageVersion } from "./version.ts";

/** By the order of the help. Each is loaded when asked for: what one needs is in no other's memory. */
export const VERBS: Readonly<Record<string, () => Promise<Command>>> = {
  init: async () => (await import("./init.ts")).initCommand,
  start: async () => (await import("./start.ts")).startCommand,
  check: async () => (await import("./check.ts")).checkCommand,
  test: async () => (await import("./test.ts")).testCommand,
  ci: async () => (await import("./ci.ts")).ciCommand,
  explain: async () => (await import("./explain.ts")).explainCommand,
  report: async () => (await import("./report.ts")).reportCommand,
  detect: async () => (await import("./detect.ts")).detectCommand,
  audit: async () => (await import("./audit.ts")).auditCommand,
  keys: async () => (await import("./keys.ts")).keysCommand,
  tokens: async () => (await import("./tokens.ts")).tokensCommand,
  identity: async () => (await import("./identity.ts")).identityCommand,
  monitoring: async () => (await import("./monitoring.ts")).monitoringCommand,
};

export function allCommands(): Promise<Command[]> {
  return Promise.all(Object.values(VERBS).map((load) => load()));
}

/** Runs a command line. The result is the exit code; nothing is thrown. */
export async function main(argv: readonly string[], io: Io = processIo()): Promise<number> {
  try {
    return await run(argv, io);
  } catch (error) {
    return tellFailure(error, io);
  }
}

async function run(argv: readonly string[], io: Io): Promise<number> {
  const [verb, ...rest] = argv;
  // A gateway goes on serving when the reader of its events has left.
  if (verb !== "start") io.endWithReader();
  const colours = coloursFor(io.stdout, io.env);
  const asksHelp = verb === "--help" || verb === "-h" || verb === "help";
  if (verb === undefined || (asksHelp && rest.length === 0)) {
    (verb === undefined ? io.stderr : io.stdout).write(generalHelp(await allCommands(), colours));
    return verb === undefined ? EXIT_CANNOT_TELL : EXIT_OK;
  }
  if (verb === "--version" || verb === "-v" || verb === "version") {
    io.stdout.write(`${packageVersion()}\n`);
    return EXIT_OK;
  }
  const name = asksHelp ? (rest[0] as string) : verb;
  const load = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  if (load === undefined) throw unknownVerb(name);
  const command = await load();
  const given = readArguments(command, asksHelp ? ["--help"] : rest);
  if (given.has("help")) {
    if (verb === "start") io.endWithReader();
    io.stdout.write(commandHelp(command, colours));
    return EXIT_OK;
  }
  return command.run(given, io);
}

function unknownVerb(name: string): UsageError {
  const names = Object.keys(VERBS);
  if (name.startsWith("-"))
    return new UsageError(`there is no option ${name} here`, "Options follow a command. See portcullis --help.");
  return new UsageError(`there is no command "${name}"`, suggestion(name, names));
}
