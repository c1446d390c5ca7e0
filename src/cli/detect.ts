// `portcullis detect`: which rules there are, whether they hold their tests, and what they would have said of stored events.
import { UsageError, type Command, type Given } from "./command.ts";
import { listRules } from "./detect/list.ts";
import { replay } from "./detect/replay.ts";
import { ban, lift, listSanctions } from "./detect/sanctions.ts";
import { testRules } from "./detect/test.ts";
import type { Io } from "./io.ts";

export const detectCommand: Command = {
  name: "detect",
  summary: "detection rules: list, test and replay them; who is held back for a time",
  words: "list | test [FOLDER…] | --replay FILE… | sanctions | ban [ADDRESS] | lift ID",
  wordsMax: Number.POSITIVE_INFINITY,
  options: {
    replay: { what: "say what would have fired over these audit files (packed ones too; - is standard input)" },
    config: { value: "file", what: "the configuration; default: portcullis.yaml, where there is one", short: "c" },
    rule: { value: "name", what: "only this rule", several: true },
    for: { value: "time", what: "ban: how long; default: 1h" },
    subject: { value: "sub", what: "ban: a caller in place of an address" },
    iss: { value: "url", what: "ban: whose subject; default: the one issuer of the configuration" },
    why: { value: "text", what: "ban, lift: for people who read the list" },
    json: { what: "write JSON" },
  },
  notes: [
    "Example: portcullis detect --replay audit.ndjson*",
    "         portcullis detect ban 192.0.2.7 --for 1h --why 'scans since noon'",
    "A gateway or Express application that runs takes over who is banned or lifted within seconds, and records it.",
    "Exit codes of --replay: 0 silence, 1 something would have fired, 2 it could not be read; of test: 1 where a test fails.",
  ],
  run: detect,
};

async function detect(given: Given, io: Io): Promise<number> {
  const [verb, ...words] = given.words;
  if (given.has("replay")) {
    if (verb === undefined)
      throw new UsageError("it is not said what to replay", "portcullis detect --replay audit.ndjson");
    return replay(given.words, given, io);
  }
  if (verb === "list") return listRules(given, io);
  if (verb === "test") return testRules(words, given, io);
  if (verb === "sanctions") return listSanctions(given, io);
  if (verb === "ban") return ban(words, given, io);
  if (verb === "lift") return lift(words, given, io);
  throw new UsageError(
    "detect needs one of list, test, sanctions, ban, lift, --replay FILE…",
    "portcullis detect --help",
  );
}
