// Whether `portcullis test` notices a broken policy: the same run as its user's, up to the first thing that it finds.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { compose, systemPorts } from "../../../src/configuration/compose.ts";
import { gateStarter } from "../../../src/cli/test/gate.ts";
import { dynamicTesterWith } from "../../../src/security-testing/dynamic/dynamic-tester.ts";
import type { StartGate } from "../../../src/security-testing/dynamic/gate-port.ts";
import type { Probe } from "../../../src/security-testing/dynamic/probe.ts";
import { PROBES } from "../../../src/security-testing/dynamic/probes.ts";
import { NO_TEST_FILE } from "../../../src/security-testing/dynamic/test-file/load.ts";
import type { Finding, Untested } from "../../../src/security-testing/finding.ts";
import type { TestContext } from "../../../src/security-testing/tester.ts";
import { ProblemsError } from "../../../src/openapi/located.ts";
import type { Mutant } from "./mutant.ts";
import type { Sample } from "./sample.ts";

/** The gate as `mutant` makes it; expectations stay those of the policy as it was. */
function brokenGate(sample: Sample, mutant: Mutant): StartGate {
  return gateStarter(sample.cwd, async (loaded) => {
    const system = systemPorts(sample.cwd);
    const { document } = mutant;
    const readText = (file: string): Promise<string> =>
      path.basename(file) === "openapi.yaml" && document !== undefined
        ? Promise.resolve(document(sample.document))
        : system.readText(file);
    const ports = { ...system, readText };
    const composed = await compose(mutant.settings?.(loaded) ?? loaded, mutant.ports?.(ports) ?? ports);
    return mutant.composition?.(composed) ?? composed;
  });
}

const ORIGINAL: Mutant = { name: "the original", operations: undefined };

export interface Noticed {
  readonly finding: Finding | undefined;
  /** The gate would not start with it: nobody can make that mistake unseen. */
  readonly refusal: string | undefined;
  readonly untested: readonly Untested[];
  readonly tookMs: number;
}

/** Undefined where the whole run found nothing. Operations that the mutant does not touch are left out. */
export function noticed(sample: Sample, mutant = ORIGINAL): Promise<Noticed> {
  return noticedBy(PROBES, sample, mutant);
}

/** What a run at the sample is given. Each is a run of its own: none goes on where the one before was stopped. */
export function testing(
  sample: Sample,
  startGate: StartGate,
): { readonly context: TestContext; readonly end: () => void } {
  const folder = mkdtempSync(path.join(tmpdir(), "portcullis-mutant-"));
  const { signal } = new AbortController();
  const context: TestContext = {
    cwd: sample.cwd,
    env: {},
    signal,
    options: {
      text: (name) => (name === "state" ? path.join(folder, "state") : undefined),
      all: () => [],
      has: () => false,
    },
    loaded: sample.loaded,
    api: sample.composition.api,
    composition: sample.composition,
    testFile: NO_TEST_FILE,
    startGate,
  };
  return { context, end: () => rmSync(folder, { recursive: true }) };
}

async function noticedBy(probes: readonly Probe[], sample: Sample, mutant: Mutant): Promise<Noticed> {
  const beganMs = performance.now();
  const { context, end } = testing(sample, brokenGate(sample, mutant));
  const tester = dynamicTesterWith(probes.map((probe) => atOnly(mutant.operations, probe)));
  const untested: Untested[] = [];
  let finding: Finding | undefined;
  let refusal: string | undefined;
  try {
    for await (const report of tester.run(context)) {
      if ("isExpected" in report) untested.push(report);
      else if ("rule" in report) {
        finding = report;
        break;
      }
    }
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    refusal = error.problems.find(({ severity }) => severity === "error")?.rule;
  }
  end();
  return { finding, refusal, untested, tookMs: performance.now() - beganMs };
}

function atOnly(operations: readonly string[] | undefined, probe: Probe): Probe {
  if (operations === undefined || probe.per === "api") return probe;
  return {
    ...probe,
    run: (subject, context) => (operations.includes(subject.operation.id) ? probe.run(subject, context) : nothing()),
  };
}

// oxlint-disable-next-line require-await, require-yield, no-empty-function -- a probe that has nothing to say
async function* nothing(): AsyncGenerator<never> {}
