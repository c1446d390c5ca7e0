// What the tests of a run are given: the policy of the configuration, or the reason why there is none.
import { compose, offlinePorts } from "../../configuration/compose.ts";
import { ProblemsError } from "../../openapi/located.ts";
import type { ApiContext } from "../../security-testing/run.ts";
import type { FolderContext } from "../../security-testing/tester.ts";
import { coloursFor } from "../colours.ts";
import { type Given, UsageError } from "../command.ts";
import { loadConfiguration } from "../configuration-flags.ts";
import type { Io } from "../io.ts";
import { countLine, problemLines } from "../problems.ts";

/** Nothing is fetched and nothing is opened that a test does not ask for. */
export async function apiContext(folder: FolderContext, given: Given, io: Io): Promise<ApiContext> {
  try {
    const loaded = await loadConfiguration(given, io);
    const composition = await compose(loaded, offlinePorts(io.cwd));
    return { ...folder, loaded, composition, api: composition.api };
  } catch (error) {
    if (error instanceof UsageError) return { why: error.message };
    if (!(error instanceof ProblemsError)) throw error;
    const lines = problemLines(error.problems, coloursFor(io.stderr, io.env));
    io.stderr.write([...lines, "", countLine(error.problems), ""].join("\n"));
    return { why: "the gate would not start with this configuration: see `portcullis check`" };
  }
}
