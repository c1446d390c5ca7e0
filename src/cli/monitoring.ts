// `portcullis monitoring …`: what monitoring needs on the servers that events are delivered to.
import { type Command, UsageError } from "./command.ts";
import { CONFIGURATION_OPTIONS } from "./configuration-flags.ts";
import { setUpElasticsearch } from "./monitoring/setup-elasticsearch.ts";

const EXAMPLE = "Example: portcullis monitoring setup elasticsearch --dry-run";

export const monitoringCommand: Command = {
  name: "monitoring",
  summary: "set up the servers that events are delivered to",
  words: "setup elasticsearch",
  wordsMax: 2,
  options: {
    config: CONFIGURATION_OPTIONS["config"] as { value: string; what: string },
    sink: { value: "name", what: "only the sink of that name; default: each of the kind" },
    "dry-run": { what: "show what would be done, and change nothing" },
    replace: { what: "overwrite also what others made or changed" },
    username: { value: "name", what: "a user who may set up; the password comes by standard input" },
    "api-key-stdin": { what: "an API key that may set up comes by standard input" },
    json: { what: "print JSON" },
  },
  notes: [
    EXAMPLE,
    "It makes a lifecycle policy, an index template and a data stream, and changes only what it made itself.",
    "Without --username and --api-key-stdin the credentials of the configuration are used: give those less, once it is set up.",
    "Exit codes: 0 all is as it should be, 1 something is in the way, 2 the server could not be set up.",
  ],
  run: async (given, io) => {
    if (given.words.join(" ") !== "setup elasticsearch") {
      throw new UsageError("monitoring needs: setup elasticsearch", EXAMPLE);
    }
    return setUpElasticsearch(given, io);
  },
};
