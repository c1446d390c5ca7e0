// Guards what the gateway process takes in front of a very large API: GitHub's, with more than 1,200 operations.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { startProcess, UNCOMPILED } from "../cli/process.ts";
import { folderWith } from "../configuration/folder.ts";

const GITHUB = join(import.meta.dirname, "node_modules/@octokit/openapi/generated/api.github.com.json");

const CONFIGURATION = `openapi: ${GITHUB}
upstream: http://127.0.0.1:9
transport: { listen: 0, adminListen: off, tls: dangerouslyOff }
monitoring: { sinks: [{ file: audit.ndjson }] }
`;

it.skipIf(!existsSync(GITHUB) || !existsSync("/proc/self/status"))(
  "is ready in time and stays small, idle and after requests (needs `npm ci --prefix test/documents`, 385 MB)",
  async () => {
    const started = startProcess(
      ["start", "--observe"],
      folderWith({ "portcullis.yaml": CONFIGURATION }),
      undefined,
      UNCOMPILED,
    );
    const [, url = ""] = await started.errorShows(/\(12\d\d operations\) at (http:\S+) /);
    const readyMs = started.processorMs();
    const idleMB = started.memoryMB();
    expect(readyMs).toBeLessThan(10_000);
    expect(idleMB).toBeLessThan(275);
    for (const path of ["/repos/a/b/issues", "/user", "/orgs/a/members"]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other: each compiles its schemas
      expect((await fetch(url + path)).status).toBe(502);
    }
    expect(started.memoryMB() - idleMB).toBeLessThan(30);
  },
);
