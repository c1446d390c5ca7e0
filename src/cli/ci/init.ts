// `portcullis ci init`: writes the workflow, once.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { codeOf, whyUnwritable } from "../../configuration/error-code.ts";
import { makeFolder } from "../../security-testing/making-folders.ts";
import { coloursFor } from "../colours.ts";
import { EXIT_OK, type Given, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { type Project, projectIn } from "./project.ts";
import { workflowText } from "./workflow.ts";

const FILE = ".github/workflows/portcullis.yml";

export async function ciInit(given: Given, io: Io): Promise<number> {
  const project = await projectIn(io.cwd);
  const text = workflowText(project);
  if (given.has("print")) {
    io.stdout.write(text);
    return EXIT_OK;
  }
  const file = path.join(project.root, FILE);
  const shown = path.relative(io.cwd, file);
  await write(file, text, given.has("force")).catch((error: unknown) => {
    if (codeOf(error) === "EEXIST")
      throw new UsageError(`${shown} exists already`, "Look at the new one by --print; --force overwrites it.");
    throw new UsageError(`${shown} cannot be written: ${whyUnwritable(error)}`);
  });
  const colours = coloursFor(io.stdout, io.env);
  io.stdout.write(`${[`${colours.green("wrote")} ${shown}`, "", ...next(project)].join("\n")}\n`);
  return EXIT_OK;
}

async function write(file: string, text: string, mayOverwrite: boolean): Promise<void> {
  await makeFolder(path.dirname(file));
  await writeFile(file, text, { flag: mayOverwrite ? "w" : "wx" });
}

function next({ hasTestFile, hasBaseline }: Project): readonly string[] {
  return [
    "Next:",
    ...(hasBaseline
      ? []
      : [
          "  portcullis test --baseline portcullis-baseline.json --write-baseline   fail only for what is new, then run this again",
        ]),
    ...(hasTestFile
      ? []
      : [
          "  portcullis-test.yaml   say how the API is started, and its running form is tested: docs/security-testing.md",
        ]),
    "  commit the file: the workflow runs with the next push",
  ];
}
