// `portcullis ci …`: files for machines that test what is pushed.
import { ciInit } from "./ci/init.ts";
import { type Command, UsageError } from "./command.ts";

const EXAMPLE = "Example: portcullis ci init";

export const ciCommand: Command = {
  name: "ci",
  summary: "write what a pipeline needs to run the tests",
  words: "init",
  wordsMax: 1,
  options: {
    force: { what: "init: overwrite the workflow that is there" },
    print: { what: "show the file, and write nothing" },
  },
  notes: [
    "init writes .github/workflows/portcullis.yml for GitHub Actions: installs, caches, runs `portcullis test`, uploads SARIF, comments on the pull request.",
    EXAMPLE,
  ],
  run: async (given, io) => {
    if (given.words.join(" ") === "init") return ciInit(given, io);
    throw new UsageError("ci needs: init", EXAMPLE);
  },
};
