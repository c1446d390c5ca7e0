// The help: of the whole command line, and of one verb.
import { COMMON_OPTIONS, usageOf } from "./arguments.ts";
import type { Colours } from "./colours.ts";
import type { Command } from "./command.ts";

export function generalHelp(commands: readonly Command[], colours: Colours): string {
  const verbs = commands.map((command) => [command.name, command.summary] as const);
  return [
    "Portcullis protects an HTTP API by its OpenAPI document.",
    "",
    colours.bold("Usage"),
    "  portcullis <command> [options]",
    "",
    colours.bold("Commands"),
    ...table(verbs),
    "",
    colours.bold("Options"),
    ...table([
      ["--help, -h", "show this help, or that of a command"],
      ["--version", "show the version"],
    ]),
    "",
    "Exit codes: 0 done, 1 something is wrong in what was looked at, 2 it could not be looked at.",
    "PORTCULLIS_DEBUG=1 shows where an unexpected error comes from. NO_COLOR=1 turns colours off.",
    "",
  ].join("\n");
}

export function commandHelp(command: Command, colours: Colours): string {
  const options = Object.entries({ ...command.options, ...COMMON_OPTIONS }).map(([name, option]) => {
    const short = option.short === undefined ? "" : `, -${option.short}`;
    const value = option.value === undefined ? "" : ` <${option.value}>`;
    return [`--${name}${short}${value}`, option.what] as const;
  });
  const summary = command.summary.charAt(0).toUpperCase() + command.summary.slice(1);
  return [
    `${summary}.`,
    "",
    colours.bold("Usage"),
    `  ${usageOf(command)}`,
    "",
    colours.bold("Options"),
    ...table(options),
    ...(command.notes.length === 0 ? [] : ["", ...command.notes]),
    "",
  ].join("\n");
}

function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
