// `portcullis detect`: which rules there are, whether they hold their tests, and what they would have said of stored events.
import { UsageError, type Command, type Given } from "./command.ts";
import { listRules } from "./detect/list.ts";
import { replay } from "./detect/replay.ts";
import { testRules } from "./detect/test.ts";
import type { Io } from "./io.ts";

export const detectCommand: Command = {
  name: "detect",
  summary: "run detection rules over stored events, list and test them",
  words: "list | test [FOLDER…] | --replay FILE…",
  wordsMax: Number.POSITIVE_INFINITY,
  options: {
    replay: { what: "say what would have fired over these audit files (packed ones too; - is standard input)" },
    config: { value: "file", what: "the configuration; default: portcullis.yaml, where there is one", short: "c" },
    rule: { value: "name", what: "only this rule", several: true },
    json: { what: "write JSON" },
  },
  notes: [
    "Example: portcullis detect --replay audit.ndjson*",
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
  throw new UsageError("detect needs one of list, test, --replay FILE…", "portcullis detect --help");
}
