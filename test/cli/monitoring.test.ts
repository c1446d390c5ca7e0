// `portcullis monitoring setup elasticsearch`: what it says, with which credentials it comes, and how it ends.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DOCUMENT, OAUTH } from "../configuration/composing.ts";
import { folderWith } from "../configuration/folder.ts";
import { SetupStandIn } from "../sinks/elasticsearch/setup-stand-in.ts";
import { STREAM } from "../sinks/elasticsearch/stand-in.ts";
import { type Ran, run } from "./running.ts";

const VERB = ["monitoring", "setup", "elasticsearch"];
let standIn: SetupStandIn;

beforeEach(async () => {
  standIn = new SetupStandIn("elasticsearch");
  await standIn.server.start();
});

afterEach(() => standIn.server.stop());

interface More {
  readonly input?: string;
  readonly sinks?: string;
}

function setup(flags: readonly string[] = [], { input, sinks }: More = {}): Promise<Ran> {
  const own = `[{ elasticsearch: { url: "${standIn.server.url}", apiKey: "\${KEY}" } }]`;
  const cwd = folderWith({
    "openapi.yaml": DOCUMENT,
    "portcullis.yaml": `openapi: openapi.yaml\n${OAUTH}monitoring: { sinks: ${sinks ?? own} }\n`,
  });
  return run([...VERB, ...flags], { cwd, env: { KEY: "a2V5" }, ...(input !== undefined && { input }) });
}

const sent = (): unknown => standIn.server.asked[0]?.headers.authorization;

describe("monitoring setup elasticsearch", () => {
  it("shows what it would do, does it, and has nothing more to do", async () => {
    const title = `elasticsearch: Elasticsearch 9.9.9 at ${standIn.server.url}\n`;
    const lines = (first: string, rest: string): string =>
      `${title}  ${first} lifecycle policy (ILM) ${STREAM}: a new index each 30 days or 50 GB; nothing is deleted\n` +
      `  ${first} index template ${STREAM}: fields of events; no others are ever added\n` +
      `  ${rest} data stream ${STREAM}\n`;
    const would = "would create  ";
    expect(await setup(["--dry-run"])).toEqual({ code: 0, out: lines(would, would), err: "" });
    expect(standIn.changes).toEqual([]);
    expect(await setup()).toEqual({ code: 0, out: lines("created       ", "created       "), err: "" });
    expect(await setup()).toEqual({ code: 0, out: lines("unchanged     ", "unchanged     "), err: "" });
    expect(standIn.changes).toHaveLength(3);
  });

  it("ends with 1 where something is in the way, and says what overwrites it", async () => {
    standIn.policy = { phases: {} };
    const { code, out, err } = await setup();
    expect(code).toBe(1);
    expect(out).toContain(`  REFUSED        lifecycle policy (ILM) ${STREAM}: Portcullis did not make it\n`);
    expect(out).toContain("differs at phases.hot\n");
    expect(err).toContain("--replace");
    expect((await setup(["--replace"])).out).toContain("  replaced       lifecycle policy (ILM)");
  });

  it("prints the same as JSON", async () => {
    const { code, out } = await setup(["--json", "--dry-run"]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      sinks: [
        {
          sink: "elasticsearch",
          dryRun: true,
          flavour: "elasticsearch",
          steps: [{ action: "create" }, { action: "create" }, { action: "create" }],
        },
      ],
    });
  });

  it("comes with the credentials of the configuration, or with better ones from standard input", async () => {
    await setup(["--dry-run"]);
    expect(sent()).toBe("ApiKey a2V5");
    standIn.server.asked.length = 0;
    await setup(["--dry-run", "--username", "admin"], { input: "pass word\n" });
    expect(sent()).toBe(`Basic ${Buffer.from("admin:pass word").toString("base64")}`);
    standIn.server.asked.length = 0;
    await setup(["--dry-run", "--api-key-stdin"], { input: "id:key\n" });
    expect(sent()).toBe(`ApiKey ${Buffer.from("id:key").toString("base64")}`);
  });

  it.each<[string, readonly string[], More, string]>([
    ["no such sink", [], { sinks: "[console]" }, "no sink of Elasticsearch or OpenSearch"],
    ["no sink of that name", ["--sink", "second"], {}, "no elasticsearch sink named second"],
    ["no password", ["--username", "u"], { input: "\n" }, "the password is missing"],
    ["no API key", ["--api-key-stdin"], { input: "not a key: secret" }, "no API key of Elasticsearch"],
    ["two credentials", ["--api-key-stdin", "--username", "u"], {}, "were both given"],
    [
      "a server that is not there",
      [],
      { sinks: '[{ elasticsearch: { url: "http://127.0.0.1:9" } }]' },
      "elasticsearch: http://127.0.0.1:9/: it cannot be reached",
    ],
  ])("ends with 2 where there is %s", async (_, flags, more, message) => {
    const { code, out, err } = await setup(flags, more);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(message);
    expect(err).not.toMatch(/secret|a2V5/);
  });

  it("knows no other words", async () => {
    expect(await run(["monitoring", "setup", "splunk"])).toMatchObject({ code: 2 });
    expect(await run(["monitoring"])).toMatchObject({ code: 2 });
  });
});
