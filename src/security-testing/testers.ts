// Every kind of test, in the order in which they run. Each is loaded when it is asked for.
import { FILE_OPTIONS } from "./project-files.ts";
import type { ListedTester } from "./tester.ts";

export const TESTERS: readonly ListedTester[] = [
  {
    kind: "contract",
    needs: "api",
    options: { fix: { what: "contract: add to the document the answers that the gate gives and it lacks" } },
    load: async () => (await import("./contract/tester.ts")).contractTester,
  },
  {
    kind: "source",
    needs: "folder",
    options: {
      ...FILE_OPTIONS,
      semgrep: { value: "program", what: "source: Semgrep; default: the one on the path" },
      "no-semgrep": { what: "source: do not follow data, where there is no Semgrep" },
    },
    load: async () => (await import("./source/source-tester.ts")).sourceTester,
  },
  {
    kind: "dependencies",
    needs: "folder",
    options: {
      ...FILE_OPTIONS,
      lockfile: {
        value: "file",
        what: "dependencies: this lock file or bill of materials, instead of all below the folder",
        several: true,
      },
      db: { value: "path", what: "dependencies: the advisories in the layout of OSV, a folder or a zip" },
      update: { what: "dependencies: load the advisories anew first" },
      "db-url": { value: "url", what: "dependencies: load them from here, not from where OSV publishes them" },
      "db-age": { value: "days", what: "dependencies: how old they may be; default 7" },
      sbom: { value: "file", what: "dependencies: write the bill of materials, CycloneDX 1.6" },
    },
    load: async () => (await import("./dependencies/dependencies-tester.ts")).dependenciesTester,
  },
  {
    kind: "secrets",
    needs: "folder",
    options: { ...FILE_OPTIONS, "no-history": { what: "secrets: leave out what git remembers" } },
    load: async () => (await import("./secrets/secrets-tester.ts")).secretsTester,
  },
  {
    kind: "dynamic",
    needs: "api",
    options: {
      tests: {
        value: "file",
        what: "dynamic: how the API is started, signed in at and put back; default: portcullis-test.yaml beside the configuration",
      },
      upstream: { value: "url", what: "the API behind the gate; dynamic: test it there, too, beside the gate" },
      url: { value: "url", what: "dynamic: the gate that runs already, in place of one that the test starts" },
      ca: { value: "file", what: "dynamic: the authority of its certificate, with --url" },
      "i-own-this-host": { what: "dynamic: attack what is no loopback or private address" },
      "allow-destructive": { what: "dynamic: change and delete also what the test did not make" },
      requests: { value: "count", what: "dynamic: send at most so many; default 100000" },
      minutes: { value: "count", what: "dynamic: take at most so long; default 30" },
      rate: { value: "count", what: "dynamic: send at most so many in a second" },
      seed: { value: "text", what: "dynamic: the same seed makes the same values; default 1" },
      state: {
        value: "file",
        what: "dynamic: what an interrupted run has done, to go on from; default .portcullis-test.state",
      },
    },
    load: async () => (await import("./dynamic/dynamic-tester.ts")).dynamicTester,
  },
];
