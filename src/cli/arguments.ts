// Reads the arguments of a verb strictly: what is not known is an error with the nearest name.
import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { suggestion } from "../configuration/did-you-mean.ts";
import { type Command, type Given, type OptionHelp, UsageError } from "./command.ts";

export const COMMON_OPTIONS: Readonly<Record<string, OptionHelp>> = {
  help: { what: "show this help", short: "h" },
};

/** Throws UsageError for whatever the command does not take. */
export function readArguments(command: Command, args: readonly string[]): Given {
  const options = { ...COMMON_OPTIONS, ...command.options };
  const config: ParseArgsOptionsConfig = {};
  for (const [name, { value, short }] of Object.entries(options)) {
    config[name] = {
      type: value === undefined ? "boolean" : "string",
      multiple: true,
      ...(short === undefined ? {} : { short }),
    };
  }
  const parsed = parseArgs({ args: [...args], options: config, strict: false, allowPositionals: true, tokens: true });
  for (const token of parsed.tokens) {
    if (token.kind !== "option") continue;
    const option = options[token.name];
    if (option === undefined) throw unknownOption(token.rawName, Object.keys(options), command);
    const isMissing = token.value === undefined || (!token.inlineValue && token.value.startsWith("--"));
    if (option.value !== undefined && isMissing)
      throw new UsageError(`${token.rawName} needs a value: ${option.value}`);
    if (option.value === undefined && token.value !== undefined)
      throw new UsageError(`${token.rawName} takes no value`);
  }
  const { values, positionals } = parsed;
  if (positionals.length > command.wordsMax) {
    const word = positionals[command.wordsMax] as string;
    throw new UsageError(`portcullis ${command.name} does not take "${word}"`, `Usage: ${usageOf(command)}`);
  }
  const all = (name: string) =>
    ((values[name] ?? []) as (string | boolean)[]).filter((value) => typeof value === "string");
  for (const [name, option] of Object.entries(options)) {
    if (option.value !== undefined && option.several !== true && all(name).length > 1) {
      throw new UsageError(`--${name} was given twice`, "Keep one of the two.");
    }
  }
  return { words: positionals, all, text: (name) => all(name).at(-1), has: (name) => values[name] !== undefined };
}

export function usageOf(command: Command): string {
  return ["portcullis", command.name, command.words, "[options]"].filter((part) => part !== "").join(" ");
}

function unknownOption(written: string, known: readonly string[], command: Command): UsageError {
  const name = written.replace(/^--?(no-)?/, "");
  const remedy = suggestion(name, known, `See portcullis ${command.name} --help.`)?.replace(/"(.+)"/, "--$1");
  return new UsageError(`portcullis ${command.name} has no option ${written}`, remedy);
}
