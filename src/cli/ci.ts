// `portcullis ci …`: files for machines that test what is pushed.
import { ciInit } from "./ci/init.ts";
import { ciZapPlan } from "./ci/zap-plan.ts";
import { type Command, UsageError } from "./command.ts";
import { CONFIGURATION_OPTIONS } from "./configuration-flags.ts";

const EXAMPLE = "Example: portcullis ci init";

export const ciCommand: Command = {
  name: "ci",
  summary: "write what a pipeline needs to run the tests",
  words: "init | zap-plan",
  wordsMax: 1,
  options: {
    ...CONFIGURATION_OPTIONS,
    force: { what: "overwrite the file that is there" },
    print: { what: "show the file, and write nothing" },
    url: { value: "url", what: "zap-plan: the gate that is attacked; default transport.publicUrl" },
    minutes: { value: "count", what: "zap-plan: how long the active scan may take; default 30" },
    tests: {
      value: "file",
      what: "zap-plan: how callers sign in; default portcullis-test.yaml beside the configuration",
    },
    output: { value: "file", what: "zap-plan: where it goes; default zap-plan.yaml" },
  },
  notes: [
    "init writes .github/workflows/portcullis.yml for GitHub Actions: installs, caches, runs `portcullis test`, uploads SARIF, comments on the pull request.",
    "zap-plan writes a plan for OWASP ZAP's automation framework; its report is taken over by `portcullis test --import`.",
    EXAMPLE,
  ],
  run: async (given, io) => {
    if (given.words[0] === "init") return ciInit(given, io);
    if (given.words[0] === "zap-plan") return ciZapPlan(given, io);
    throw new UsageError("ci needs: init or zap-plan", EXAMPLE);
  },
};
