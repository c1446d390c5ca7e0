// testssl.sh (Debian) looks at the listener's TLS and its answers' heads: it finds nothing to improve that is ours to choose.
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { DEFAULTS } from "../../src/configuration/defaults.ts";
import { answerGuard } from "../../src/transport/answer-guard.ts";
import { developmentCertificate } from "../../src/transport/development-ca.ts";
import { keep, startOver, startUpstream } from "../gateway/harness.ts";

/** It needs `hexdump` (bsdmainutils) and `dig` (dnsutils) beside itself. */
const missing = ["testssl", "hexdump", "dig"].filter((name) => spawnSync("which", [name]).status !== 0);
const why = missing.length === 0 ? "" : ` (skipped because ${missing.join(", ")} is not installed)`;

interface Finding {
  readonly id: string;
  readonly severity: string;
  readonly finding: string;
}

/** Not ours to choose: what the authority and the domain's owner say, and the tool of itself. */
const OTHERS: Readonly<Record<string, string>> = {
  cert_revocation: "the authority decides how its certificates are revoked; the test's own does not",
  OCSP_stapling: "the authority runs OCSP or does not",
  DNS_CAArecord: "a record of the domain",
  engine_problem: "the tool says that its OpenSSL has no GOST",
};

/** A report whose end is missing is one of a check that failed: on a machine that busy it did not come to its end. */
function reported(file: string): Finding[] {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Finding[];
  } catch {
    return [{ id: "report", severity: "WARN", finding: "check failed" }];
  }
}

const TIMES = 3;

it.skipIf(missing.length > 0)(
  `testssl.sh finds nothing of LOW or above that is ours to choose${why}`,
  async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "portcullis-testssl-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const { material, authorityFile } = await developmentCertificate({ folder, nowMs: Date.now() });
    const upstream = keep(
      await startUpstream((_request, response) => {
        response.setHeader("Server", "secret/1.0").setHeader("X-Powered-By", "PHP/5.2");
        response.end("hello");
      }),
    );
    const response = [answerGuard({ hsts: DEFAULTS.hsts })];
    const { gateway } = keep(await startOver(upstream.origin, { response }, { tls: material, drainTimeoutMs: 500 }));
    const report = path.join(folder, "report.json");
    const what = ["-p", "-s", "-f", "-P", "-S", "-h", "--add-ca", path.basename(authorityFile)];
    const quiet = ["--fast", "--quiet", "--color", "0", "--warnings", "batch", "--jsonfile", report];
    // It takes no blank in the name of an authority.
    const cwd = path.dirname(authorityFile);
    const url = `https://localhost:${new URL(gateway.url).port}`;
    // On a busy machine it would take for silence what is only late.
    const env = { ...process.env, MAX_WAITSOCK: "60", HEADER_MAXSLEEP: "60" };
    let findings: Finding[] = [];
    // A check that failed says nothing of the listener, and is made again.
    for (
      let i = 0;
      i < TIMES && (i === 0 || findings.some(({ finding }) => finding.includes("check failed")));
      i += 1
    ) {
      rmSync(report, { force: true });
      // Its exit code counts findings of any kind.
      // oxlint-disable-next-line no-await-in-loop -- again only where the last time told nothing
      await promisify(execFile)("testssl", [...quiet, ...what, url], { cwd, env, timeout: 280_000 }).catch(
        () => undefined,
      );
      findings = reported(report);
    }
    const known = new Map(findings.map(({ id, finding }) => [id, finding]));
    expect(known.get("TLS1_3")).toMatch(/^offered/);
    expect(known.get("TLS1_2")).toMatch(/^offered/);
    expect(known.get("TLS1_1")).toMatch(/^not offered/);
    expect(known.get("ALPN_HTTP2")).toBe("h2");
    expect(known.get("HSTS_time")).toContain("63072000");
    expect(known.get("HSTS_preload")).toContain("preload");
    const bad = findings.filter(({ id, severity }) => !["OK", "INFO"].includes(severity) && OTHERS[id] === undefined);
    expect(bad).toEqual([]);
  },
  900_000,
);
