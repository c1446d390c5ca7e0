// What the tests of a run are given: the policy of the configuration, or the reason why there is none.
import { compose, offlinePorts } from "../../configuration/compose.ts";
import { ProblemsError } from "../../openapi/located.ts";
import type { ApiContext } from "../../security-testing/run.ts";
import type { FolderContext } from "../../security-testing/tester.ts";
import { coloursFor } from "../colours.ts";
import { loadSettings } from "../../configuration/load.ts";
import { loadTestFile, TEST_FILE } from "../../security-testing/dynamic/test-file/load.ts";
import { type Given, UsageError } from "../command.ts";
import { whatToLoad } from "../configuration-flags.ts";
import type { Io } from "../io.ts";
import { countLine, problemLines } from "../problems.ts";
import { gateStarter } from "./gate.ts";

const NOT_STARTING = "the gate would not start with this configuration: see `portcullis check`";

/** Nothing is fetched and nothing is opened that a test does not ask for. */
export async function apiContext(folder: FolderContext, given: Given, io: Io, isDynamic: boolean): Promise<ApiContext> {
  const { cwd, env } = io;
  // What is read at the moment, for whoever must mend it.
  let why = NOT_STARTING;
  try {
    const what = await whatToLoad(given, io);
    const named = given.text("tests");
    why = `${named ?? TEST_FILE} is not in order`;
    // Other tests need of it what the configuration names only.
    const testFile = await loadTestFile({ named, configuration: what.file, cwd, env, isEnvironmentAlone: !isDynamic });
    why = NOT_STARTING;
    const loaded = await loadSettings({ ...what, env: { ...testFile.written.environment, ...env } });
    const composition = await compose(loaded, offlinePorts(cwd));
    return { ...folder, loaded, composition, api: composition.api, testFile, startGate: gateStarter(cwd) };
  } catch (error) {
    if (error instanceof UsageError) return { why: error.message };
    if (!(error instanceof ProblemsError)) throw error;
    const lines = problemLines(error.problems, coloursFor(io.stderr, io.env));
    io.stderr.write([...lines, "", countLine(error.problems), ""].join("\n"));
    return { why };
  }
}
