// Guards what is asked of a SonarQube, against a stand-in that is as strict as its web API: tokens, names of parameters, pages.
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { run } from "../../cli/running.ts";
import { folderWith } from "../../configuration/folder.ts";
import type { Reported } from "./reports.ts";

const TOKEN = "squ_0123456789abcdef";
interface Issue {
  readonly key: string;
  readonly rule: string;
  readonly component: string;
  readonly message: string;
  readonly cwe?: string;
  readonly [more: string]: unknown;
}

const issue = (key: string, more: Partial<Issue> = {}): Issue => ({
  key,
  rule: "typescript:S4830",
  severity: "CRITICAL",
  component: "shop:a.ts",
  project: "shop",
  line: 2,
  textRange: { startLine: 2, endLine: 2, startOffset: 2, endOffset: 20 },
  status: "OPEN",
  message: "Enable server certificate validation on this SSL/TLS connection.",
  type: "VULNERABILITY",
  impacts: [{ softwareQuality: "SECURITY", severity: "HIGH" }],
  cwe: "295",
  ...more,
});
const HOTSPOT = {
  key: "h1",
  component: "shop:a.ts",
  project: "shop",
  securityCategory: "weak-cryptography",
  vulnerabilityProbability: "MEDIUM",
  status: "TO_REVIEW",
  line: 1,
  message: "Make sure that using this pseudorandom number generator is <b>safe</b> here.",
  ruleKey: "typescript:S2245",
};
const GATE = {
  status: "ERROR",
  conditions: [
    { status: "ERROR", metricKey: "new_coverage", comparator: "LT", errorThreshold: "80", actualValue: "12.3" },
    {
      status: "OK",
      metricKey: "new_duplicated_lines_density",
      comparator: "GT",
      errorThreshold: "3",
      actualValue: "0",
    },
  ],
};

/** What each question may have. */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  "/sonar/api/issues/search": [
    "components",
    "resolved",
    "impactSoftwareQualities",
    "ps",
    "p",
    "facets",
    "cwe",
    "branch",
    "pullRequest",
  ],
  "/sonar/api/hotspots/search": ["project", "status", "ps", "p", "branch", "pullRequest"],
  "/sonar/api/qualitygates/project_status": ["projectKey", "branch", "pullRequest"],
};

interface Holds {
  readonly issues?: readonly Issue[];
  readonly hotspots?: readonly object[];
  readonly gate?: object;
  readonly total?: number;
}

async function sonarQube({ issues = [], hotspots = [], gate = { status: "OK", conditions: [] }, total }: Holds) {
  const asked: string[] = [];
  const answer = (request: IncomingMessage): readonly [number, object | string] => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://sonar");
    asked.push(request.url ?? "");
    const known = PARAMETERS[pathname];
    if (known === undefined) return [404, "<html>Not found</html>"];
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return [401, ""];
    const wrong = [...searchParams.keys()].find((name) => !known.includes(name));
    if (wrong !== undefined) return [400, { errors: [{ msg: `Unknown url parameters: ${wrong}` }] }];
    if (pathname.endsWith("project_status")) {
      return searchParams.get("projectKey") === "shop"
        ? [200, { projectStatus: gate }]
        : [404, { errors: [{ msg: "Project 'other' not found" }] }];
    }
    const [ps, p] = [Number(searchParams.get("ps")), Number(searchParams.get("p") ?? 1)];
    if (ps > 500) return [400, { errors: [{ msg: "'ps' must be less than 500" }] }];
    const name = pathname.includes("issues") ? "issues" : "hotspots";
    const cwe = searchParams.get("cwe");
    const all = name === "issues" ? issues.filter((one) => cwe === null || one.cwe === cwe) : hotspots;
    const facets = [...new Set(issues.map((one) => one.cwe ?? "unknown"))].map((val) => ({ val, count: 1 }));
    return [
      200,
      {
        paging: { pageIndex: p, pageSize: ps, total: total ?? all.length },
        [name]: all.slice((p - 1) * ps, p * ps),
        components: [],
        ...(searchParams.get("facets") === "cwe" && { facets: [{ property: "cwe", values: facets }] }),
      },
    ];
  };
  const server = createServer((request, response) => {
    const [status, body] = answer(request);
    response.writeHead(status, { "content-type": typeof body === "string" ? "text/html" : "application/json" });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/sonar/`, asked };
}

const files = { "a.ts": "const options = {\n  rejectUnauthorized: false,\n};\n" };
const imported = async (
  address: string,
  args: readonly string[] = ["scanners"],
  env: object = { SONAR_TOKEN: TOKEN },
) => {
  const ran = await run(["test", ...args, "--import", `sonarqube:${address}`, "--format", "json"], {
    cwd: folderWith(files),
    env: { ...env },
  });
  const findings = ran.out.startsWith("{") ? (JSON.parse(ran.out) as { findings: Reported[] }).findings : [];
  return { ...ran, findings };
};

it("tells security issues with their class, hotspots, and why the quality gate is not passed", async () => {
  const { url } = await sonarQube({ issues: [issue("i1")], hotspots: [HOTSPOT], gate: GATE });
  const { findings, code } = await imported(`${url}?project=shop`);
  expect(
    findings.map(
      ({ rule, severity, cwe, places: [place] }) => `${rule} ${severity} ${cwe.join()} ${place?.file}:${place?.line}`,
    ),
  ).toEqual([
    "source.sonarqube.quality-gate high  undefined:undefined",
    "source.sonarqube.typescript-S4830 high 295 a.ts:2",
    "source.sonarqube.typescript-S2245 medium  a.ts:1",
  ]);
  expect(findings[0]?.message).toBe("The quality gate of shop is not passed: new_coverage is 12.3 (at least 80).");
  expect(findings[2]?.message).toBe("Make sure that using this pseudorandom number generator is safe here.");
  expect(code).toBe(1);
});

it("joins what we found at that line, and is not told its own again", async () => {
  const own = issue("i2", { rule: "external_portcullis:source.tls-unverified" });
  const { url } = await sonarQube({ issues: [issue("i1"), own] });
  const { findings } = await imported(`${url}?project=shop`, ["source", "--no-semgrep"]);
  expect(findings.map(({ rule, sources }) => `${rule} ${sources.join()}`)).toEqual([
    "source.tls-unverified ast-grep,sonarqube",
  ]);
  const alone = await run(["test", "scanners", "--import", `sonarqube:${url}?project=shop`, "--format", "sonar"], {
    cwd: folderWith(files),
    env: { SONAR_TOKEN: TOKEN },
  });
  expect(JSON.parse(alone.out)).toMatchObject({ issues: [] });
});

it("asks page by page, of the branch that is named", async () => {
  const issues = Array.from({ length: 1001 }, (_, i) =>
    issue(`i${i}`, { message: `m${i}`, line: i + 1, textRange: { startLine: i + 1, endLine: i + 1 } }),
  );
  const { url, asked } = await sonarQube({ issues });
  const { findings } = await imported(`${url}?project=shop&branch=next`);
  expect(findings).toHaveLength(1001);
  expect(asked.every((one) => one.includes("branch=next"))).toBe(true);
});

describe("what stands in the way", () => {
  it.each([
    ["no project", "", {}, /names no project/],
    ["another member", "?project=shop&organization=x", {}, /has "organization".*project, branch, pullRequest/s],
    ["a project that is not there", "?project=other", {}, /404: Project 'other' not found/],
    ["more than it gives", "?project=shop", { total: 10_001 }, /10001 issues.*10000/s],
  ])("%s is said", async (_, query, holds, why) => {
    const { url } = await sonarQube(holds);
    const { code, err, out } = await imported(`${url}${query}`);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(why);
  });

  it("a missing token, or a wrong one, is said and never shown", async () => {
    const { url } = await sonarQube({});
    expect((await imported(`${url}?project=shop`, ["scanners"], {})).err).toMatch(/SONAR_TOKEN is not set/);
    const { err } = await imported(`${url}?project=shop`, ["scanners"], { SONAR_TOKEN: "squ_wrong-one" });
    expect(err).toMatch(/takes the token of SONAR_TOKEN for none/);
    expect(err).not.toContain("squ_wrong-one");
  });

  it("a server that is none, that is away, or that would get the token in plain text elsewhere", async () => {
    const { url } = await sonarQube({});
    expect((await imported(`${url}elsewhere/?project=shop`)).err).toMatch(/answered 404, and no JSON/);
    expect((await imported("http://127.0.0.1:9/?project=shop")).err).toMatch(/cannot be (asked|reached)/);
    expect((await imported("http://sonar.example.com/?project=shop")).err).toMatch(/SonarQube cannot be asked/);
    expect((await imported("https://ann:secret@sonar.example.com/?project=shop")).err).toMatch(/holds a credential/);
  });
});
