// Guards the plan for OWASP ZAP: no member that its documentation does not name, credentials by name alone, sent to the API alone.
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import type { ApiDescription } from "../../src/openapi/api-description.ts";
import { zapPlan } from "../../src/security-testing/scanners/zap-plan.ts";
import { DOCUMENT, OAUTH } from "../configuration/composing.ts";
import { folderWith } from "../configuration/folder.ts";
import { run } from "./running.ts";

/** Jobs and parameters as ZAP's own templates have them (`zap.sh -autogenmax`); it only warns of any other, and goes on without. */
const rule = z.strictObject({
  description: z.string().min(1),
  url: z.string(),
  matchType: z.enum([
    "req_header",
    "req_header_str",
    "req_body_str",
    "resp_header",
    "resp_header_str",
    "resp_body_str",
  ]),
  matchString: z.string().min(1),
  matchRegex: z.boolean(),
  replacementString: z.string(),
  tokenProcessing: z.boolean().optional(),
  initiators: z.array(z.int()).optional(),
});
const word = z.enum(["Off", "Low", "Medium", "High"]);
const job = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("passiveScan-config"),
    parameters: z.strictObject({
      maxAlertsPerRule: z.int().optional(),
      scanOnlyInScope: z.boolean().optional(),
      maxBodySizeInBytesToScan: z.int().optional(),
      enableTags: z.boolean().optional(),
    }),
  }),
  z.strictObject({
    type: z.literal("replacer"),
    parameters: z.strictObject({ deleteAllRules: z.boolean() }),
    rules: z.array(rule).min(1),
  }),
  z.strictObject({
    type: z.literal("openapi"),
    parameters: z.strictObject({
      apiFile: z.string(),
      context: z.string(),
      targetUrl: z.string(),
      user: z.string().optional(),
      maxMessages: z.int().optional(),
    }),
  }),
  z.strictObject({ type: z.literal("passiveScan-wait"), parameters: z.strictObject({ maxDuration: z.int() }) }),
  z.strictObject({
    type: z.literal("activeScan"),
    parameters: z.strictObject({
      context: z.string(),
      maxRuleDurationInMins: z.int().optional(),
      maxScanDurationInMins: z.int().optional(),
    }),
    policyDefinition: z.strictObject({
      defaultStrength: z.enum(["Low", "Medium", "High", "Insane"]),
      defaultThreshold: word,
      rules: z.array(z.strictObject({ id: z.int(), threshold: word })),
    }),
  }),
  z.strictObject({
    type: z.literal("report"),
    parameters: z.strictObject({
      template: z.literal("traditional-json"),
      reportDir: z.string(),
      reportFile: z.string(),
      reportTitle: z.string(),
      displayReport: z.boolean(),
    }),
  }),
]);
const planSchema = z.strictObject({
  env: z.strictObject({
    contexts: z
      .array(
        z.strictObject({
          name: z.string(),
          urls: z.array(z.url()).min(1),
          includePaths: z.array(z.string()).optional(),
        }),
      )
      .min(1),
    vars: z.record(z.string(), z.string()),
    parameters: z.strictObject({
      failOnError: z.boolean(),
      failOnWarning: z.boolean(),
      progressToStdout: z.boolean(),
    }),
  }),
  jobs: z.array(job),
});

const URL_FLAG = ["--url", "https://api.example.com:8443/ignored"];
async function planOf(files: Readonly<Record<string, string>>, args: readonly string[] = URL_FLAG) {
  const cwd = folderWith({
    "portcullis.yaml": `openapi: api.yaml\nupstream: http://127.0.0.1:1\n${OAUTH}`,
    "api.yaml": DOCUMENT,
    ...files,
  });
  const ran = await run(["ci", "zap-plan", ...args], { cwd });
  expect([ran.code, ran.code === 0 ? "" : ran.err]).toEqual([0, ""]);
  const text = readFileSync(path.join(cwd, "zap-plan.yaml"), "utf8");
  const plan = planSchema.parse(parse(text));
  const rules = plan.jobs.flatMap((one) => (one.type === "replacer" ? one.rules : []));
  return { ...ran, cwd, text, plan, sent: rules.map((one) => `${one.matchString}: ${one.replacementString}`), rules };
}

it("imports, signs in, scans and reports, in an order that works", async () => {
  const { plan, text } = await planOf({});
  // A replacer holds for what comes after it.
  expect(plan.jobs.map(({ type }) => type)).toEqual([
    "passiveScan-config",
    "replacer",
    "openapi",
    "passiveScan-wait",
    "activeScan",
    "report",
  ]);
  expect(plan.env.contexts[0]?.urls).toEqual(["https://api.example.com:8443"]);
  expect(plan.env.vars["PORTCULLIS_DOCUMENT"]).toBe("/zap/wrk/api.yaml");
  expect(text).toContain("# From the environment: PORTCULLIS_TOKEN.");
});

it("has the base path of the document's servers, and no default port", async () => {
  const document = DOCUMENT.replace("paths:", "servers: [{ url: https://api.example.com/v2 }]\npaths:");
  const { plan } = await planOf({ "api.yaml": document }, ["--url", "https://gate.example.com:443"]);
  expect(plan.env.contexts[0]?.urls).toEqual(["https://gate.example.com/v2"]);
});

it("gives the configuration the environment of the test file, where no secret of a caller needs to be there yet", async () => {
  const files = {
    "portcullis.yaml": `openapi: api.yaml\nupstream: \${SHOP_URL}\n${OAUTH}`,
    "portcullis-test.yaml":
      'environment:\n  SHOP_URL: http://127.0.0.1:1\ncallers:\n  a: { fixedHeaders: [{ name: Authorization, value: "Bearer ${ANNS_TOKEN}" }] }\n',
  };
  expect((await planOf(files)).sent).toEqual(["Authorization: Bearer ${ANNS_TOKEN}"]);
  const refused = async (text: string, env: Record<string, string>) => {
    const cwd = folderWith({ ...files, "portcullis-test.yaml": text, "api.yaml": DOCUMENT });
    return run(["ci", "zap-plan", ...URL_FLAG], { cwd, env });
  };
  expect((await refused("{}", {})).err).toContain("environment variable SHOP_URL is not set");
  const slip = await refused("environmen:\n  SHOP_URL: http://127.0.0.1:1\n", { SHOP_URL: "http://127.0.0.1:1" });
  expect(slip.code).not.toBe(0);
  expect(slip.err).toContain('unknown key "environmen"');
  const named = "environment:\n  SHOP_URL: ${OTHER}\n";
  expect((await refused(named, {})).err).toMatch(/portcullis-test\.yaml:2:.*OTHER is not set/);
  expect((await refused(named, { OTHER: "http://127.0.0.1:1" })).code).toBe(0);
  expect((await refused("environment:\n  SHOP_URL: ftp://x\n", { SHOP_URL: "http://127.0.0.1:1" })).code).toBe(0);
});

describe("credentials", () => {
  it("go to the API alone", async () => {
    const { rules } = await planOf({});
    const pattern = new RegExp(rules[0]?.url ?? "");
    expect(pattern.test("https://api.example.com:8443/orders/7")).toBe(true);
    for (const other of [
      "https://apixexample.com:8443/",
      "https://evil.example/?https://api.example.com:8443/",
      "https://api.example.com:8443.evil.example/",
    ])
      expect(pattern.test(other)).toBe(false);
  });

  it("are what the scheme asks for, by name alone", async () => {
    expect((await planOf({})).sent).toEqual(["Authorization: Bearer ${PORTCULLIS_TOKEN}"]);
  });

  it("are those of the caller `a` of the test file, and a secret in it is not copied", async () => {
    const { sent, text } = await planOf({
      "portcullis-test.yaml":
        'callers:\n  a: { fixedHeaders: [{ name: Authorization, value: "Bearer ${ANNS_TOKEN}" }, { name: X-Api-Key, value: very-secret }] }\n',
    });
    expect(sent).toEqual(["Authorization: Bearer ${ANNS_TOKEN}", "X-Api-Key: ${PORTCULLIS_HEADER_X_API_KEY}"]);
    expect(text).not.toContain("very-secret");
    expect(text).toContain("ANNS_TOKEN, PORTCULLIS_HEADER_X_API_KEY.");
  });

  it.each([
    ["a key in a field", { type: "apiKey", in: "header", parameterName: "X-Key" }, "X-Key: ${PORTCULLIS_KEY_THE_ONE}"],
    [
      "a key in a cookie",
      { type: "apiKey", in: "cookie", parameterName: "sid" },
      "Cookie: sid=${PORTCULLIS_KEY_THE_ONE}",
    ],
    ["Basic", { type: "http", scheme: "basic" }, "Authorization: Basic ${PORTCULLIS_BASIC}"],
    ["bearer tokens", { type: "http", scheme: "bearer" }, "Authorization: Bearer ${PORTCULLIS_TOKEN}"],
    ["OpenID Connect", { type: "openIdConnect" }, "Authorization: Bearer ${PORTCULLIS_TOKEN}"],
    ["a key in the query", { type: "apiKey", in: "query", parameterName: "key" }, undefined],
  ])("of %s", (_, scheme, expected) => {
    const operation = { template: "/v1/a", documentTemplate: "/a", security: [[{ scheme: "the-one", scopes: [] }]] };
    const schemes = new Map([["the-one", { name: "the-one", ...scheme }]]);
    const api = { title: "t", operations: [operation], schemes } as unknown as ApiDescription;
    const { plan, left } = zapPlan({ api, url: new URL("https://a.example"), document: "a", minutes: 1, headers: [] });
    const { jobs } = planSchema.parse(plan);
    const sent = jobs.flatMap((one) => (one.type === "replacer" ? one.rules : []));
    expect(sent.map((one) => `${one.matchString}: ${one.replacementString}`)).toEqual(
      expected === undefined ? [] : [expected],
    );
    expect(left).toEqual(expected === undefined ? ["the-one"] : []);
  });

  it("are missing loudly: without its variable ZAP stops", async () => {
    const { plan } = await planOf({});
    expect(plan.env.parameters).toMatchObject({ failOnError: true, failOnWarning: true });
  });
});

describe("what stands in the way", () => {
  it("is said: no address, one that is none, a file that is there", async () => {
    const cwd = folderWith({
      "portcullis.yaml": `openapi: api.yaml\nupstream: http://127.0.0.1:1\n${OAUTH}`,
      "api.yaml": DOCUMENT,
      "zap-plan.yaml": "mine\n",
    });
    const refused = async (...args: string[]) => {
      const { code, err } = await run(["ci", "zap-plan", ...args], { cwd });
      expect(code).toBe(2);
      return err;
    };
    expect(await refused("--url", "file:///etc/passwd")).toMatch(/no address/);
    expect(await refused(...URL_FLAG)).toMatch(/exists already.*--force/s);
    expect(await refused(...URL_FLAG, "--minutes", "0")).toMatch(/--minutes/);
    expect(readFileSync(path.join(cwd, "zap-plan.yaml"), "utf8")).toBe("mine\n");
  });
});
