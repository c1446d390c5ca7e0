// How the tests are run: most in few processes that each take one file after another, some in one of their own, some with nothing beside them.
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { defineConfig } from "vitest/config";

/** Replace modules, change what belongs to a whole process, or count what one holds: each file in a process of its own. */
const APART = [
  "test/adapters/alone-migration.test.ts",
  "test/attacks/{compression,framing-guards-off,http2-floods,slow-guards-off}.test.ts",
  "test/cli/{report-bounds,report-process}.test.ts",
  "test/documents/memory.test.ts",
  "test/gateway/{memory,verified-once}.test.ts",
  "test/monitoring/file-sink.test.ts",
  "test/security-testing/dynamic/injection.test.ts",
];

/** Measure time so finely that work beside them would count: one at a time, when all others are done. */
const ALONE = [
  "test/attacks/token-oracles.test.ts",
  "test/monitoring/spool/kill.test.ts",
  "test/rate-limiting/million-keys.test.ts",
];

/** Wait half a minute and more for other programs: begun first, so that the end does not wait for one of them. */
const LONG = [
  "deployment/testssl",
  "sinks/elasticsearch/opensearch",
  "identity/behind-gateway",
  "identity/power-loss",
  "security-testing/dynamic/samples-run",
  "security-testing/mutants/mutants",
  "security-testing/dynamic/foreign-bounds",
  "security-testing/dynamic/vulnerable-objects",
  "security-testing/dynamic/vulnerable-access",
  "security-testing/dynamic/vulnerable-surface",
  "security-testing/dynamic/closed-loop",
  "security-testing/dynamic/at-once",
  "security-testing/source/semgrep",
  "cli/test-dynamic",
  "gateway/sanctions",
  "identity/browser",
];

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification): number => {
      const long = LONG.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      if (long >= 0) return long;
      // Those of one kind together: a process is kept only for a next file of its own kind.
      return LONG.length + Number(!project.config.isolate);
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    globalSetup: ["test/around.ts"],
    // What is awaited is awaited on busy machines too; it costs nothing where it comes at once.
    testTimeout: 180_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 30_000 } },
    // Concurrent tests wait for sockets most of their time.
    maxConcurrency: 16,
    // So do whole files, for processes that they start: more of them at once than there are processors.
    maxWorkers: 4,
    pool: "forks",
    reporters: ["default"],
    sequence: { sequencer: LongFirst },
    projects: [
      {
        extends: true,
        test: { name: "together", include: ["test/**/*.test.ts"], exclude: [...APART, ...ALONE], isolate: false },
      },
      { extends: true, test: { name: "apart", include: APART } },
      { extends: true, test: { name: "alone", include: ALONE, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
});
