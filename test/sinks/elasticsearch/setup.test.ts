// Setting a server up: in order, once, shown before it is done, and never over what somebody else made.
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Flavour } from "../../../src/sinks/elasticsearch/setup/index-template.ts";
import { integrationFiles } from "./integration-files.ts";
import { SetupError } from "../../../src/sinks/elasticsearch/setup/server.ts";
import { setUp, type SetupMode, type SetupReport } from "../../../src/sinks/elasticsearch/setup/setup.ts";
import type { ElasticsearchOptions } from "../../../src/sinks/elasticsearch/options.ts";
import { HandClock, optionsFor } from "./delivering.ts";
import { SetupStandIn } from "./setup-stand-in.ts";
import { json, refuse, STREAM } from "./stand-in.ts";

let standIn: SetupStandIn;

async function begin(flavour: Flavour, options = {}): Promise<void> {
  await standIn?.server.stop();
  standIn = new SetupStandIn(flavour, options);
  await standIn.server.start();
}

function report(mode: Partial<SetupMode> = {}, more: Partial<ElasticsearchOptions> = {}): Promise<SetupReport> {
  const options = optionsFor(standIn.server.url, more);
  return setUp(options, { dryRun: false, replace: false, ...mode }, new HandClock());
}

const actions = async (...given: Parameters<typeof report>): Promise<string> =>
  (await report(...given)).steps.map(({ action }) => action).join(" ");

async function why(...given: Parameters<typeof report>): Promise<string> {
  const error = await report(...given).then(
    () => "it went through",
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(SetupError);
  return (error as SetupError).message;
}

afterEach(() => standIn.server.stop());

describe.each<Flavour>(["elasticsearch", "opensearch"])("%s", (flavour) => {
  beforeEach(() => begin(flavour));

  it("gets a policy, a template and a data stream, in this order, once", async () => {
    const { flavour: seen, version, steps } = await report();
    expect([seen, version]).toEqual([flavour, "9.9.9"]);
    const policy = flavour === "elasticsearch" ? "lifecycle policy (ILM)" : "lifecycle policy (ISM)";
    expect(steps.map(({ what, name, action }) => [what, name, action])).toEqual([
      [policy, STREAM, "create"],
      ["index template", STREAM, "create"],
      ["data stream", STREAM, "create"],
    ]);
    expect(standIn.changes).toHaveLength(3);
    expect(await actions()).toBe("keep keep keep");
    expect(standIn.changes).toHaveLength(3);
  });

  it("is only looked at in a dry run", async () => {
    expect(await actions({ dryRun: true })).toBe("create create create");
    expect(standIn.changes).toEqual([]);
  });

  it("says which policy its indices have", async () => {
    await report();
    const { template } = standIn.template as { template: { settings: { index: { lifecycle?: unknown } } } };
    expect(template.settings.index.lifecycle).toEqual(flavour === "elasticsearch" ? { name: STREAM } : undefined);
    expect(standIn.policy?.["ism_template"]).toEqual(
      flavour === "opensearch" ? [{ index_patterns: [STREAM], priority: 500 }] : undefined,
    );
  });

  it("deletes nothing, unless it is said after how many days", async () => {
    const { steps } = await report();
    expect(steps[0]?.note).toBe("a new index each 30 days or 50 GB; nothing is deleted");
    expect(JSON.stringify(standIn.policy)).not.toContain("delete");
    const { steps: later } = await report({}, { keepForDays: 400 });
    expect(later.map(({ action }) => action)).toEqual(["update", "keep", "keep"]);
    expect(later[0]?.note).toBe("a new index each 30 days or 50 GB; deleted 400 days after that");
    expect(JSON.stringify(standIn.policy)).toMatch(/"delete".*"400d"|"400d".*"delete"/);
  });

  it("that has no lifecycle is told so, and its template names none", async () => {
    await begin(flavour, { lifecycle: false });
    const { steps } = await report({}, { keepForDays: 400 });
    expect(steps.map(({ action }) => action)).toEqual(["skip", "create", "create"]);
    expect(steps[0]?.note).toContain("nothing is ever deleted");
    expect(JSON.stringify(standIn.template)).not.toContain("lifecycle");
    expect(await actions()).toBe("skip keep keep");
  });

  it("keeps a policy that somebody else made", async () => {
    const theirs = { description: "ours", phases: {}, states: [] };
    standIn.policy = theirs;
    const { steps } = await report();
    expect(steps).toMatchObject([{ action: "refuse", note: "Portcullis did not make it" }]);
    expect(standIn.changes).toEqual([]);
    expect(standIn.policy).toBe(theirs);
    expect(await actions({ replace: true })).toBe("replace create create");
    expect(await actions()).toBe("keep keep keep");
  });

  it("keeps a template that somebody else made, and says where it differs", async () => {
    standIn.template = { index_patterns: ["logs-*"], priority: 500, template: { mappings: { dynamic: "true" } } };
    const { steps } = await report();
    expect(steps.map(({ action }) => action)).toEqual(["create", "refuse"]);
    expect(steps[1]?.changes).toEqual([
      "index_patterns[0]",
      ...(flavour === "opensearch" ? ["data_stream"] : []),
      "template.settings",
      "template.mappings.dynamic",
      "template.mappings.date_detection",
      "template.mappings.properties",
    ]);
    expect(standIn.changes).toHaveLength(1);
    expect(await actions({ replace: true, dryRun: true })).toBe("keep replace create");
    expect(await actions({ replace: true })).toBe("keep replace create");
  });

  it("keeps what somebody changed after it was made", async () => {
    await report();
    (standIn.template as { priority: number }).priority = 700;
    const { steps } = await report();
    expect(steps[1]).toMatchObject({
      action: "refuse",
      changes: ["priority"],
      note: "it was changed after Portcullis made it",
    });
    expect(await actions({ replace: true })).toBe("keep replace keep");
  });

  it("gets what an earlier version made updated", async () => {
    await report();
    const earlier = standIn.template as { priority: number; _meta: { content: string } };
    earlier.priority = 400;
    earlier._meta.content = "0123456789abcdef";
    expect(await actions({ dryRun: true })).toBe("keep update keep");
    expect(await actions()).toBe("keep update keep");
    expect(await actions()).toBe("keep keep keep");
  });

  it("begins a new index where the one that is written to is mapped otherwise", async () => {
    await report();
    (standIn.stream as NonNullable<typeof standIn.stream>).indices[0] = { name: `.ds-${STREAM}-1`, mappings: {} };
    const { steps } = await report();
    expect(steps[2]).toMatchObject({ action: "update", note: "begins a new index; what is there stays" });
    expect(standIn.stream?.indices).toHaveLength(2);
    expect(await actions()).toBe("keep keep keep");
  });

  it("begins a new index where its lifecycle is new", async () => {
    await report();
    standIn.policy = undefined;
    expect(await actions()).toBe("create keep update");
  });

  it("is not set up where an index has the name", async () => {
    standIn.index = true;
    const { steps } = await report();
    expect(steps[2]).toMatchObject({ action: "refuse", note: expect.stringContaining("an index or alias") as string });
    expect(standIn.stream).toBeUndefined();
  });
});

describe("a server that cannot be set up", () => {
  beforeEach(() => begin("elasticsearch"));

  it.each([401, 403])("because of the credentials (%i) says so, without them", async (status) => {
    standIn.server.answer = (_, response) => refuse(response, status, "security_exception");
    const message = await why({}, { authorization: "ApiKey hidden" });
    expect(message).toContain(`(${status} security_exception): security_exception it is`);
    expect(message).not.toContain("hidden");
  });

  it("because it is none says so", async () => {
    standIn.server.answer = (_, response) => json(response, 200, { hello: "world" });
    expect(await why()).toBe("it is neither Elasticsearch nor OpenSearch, by what it answers to GET /");
    standIn.server.answer = (_, response) => void response.writeHead(200).end("<html>");
    expect(await why()).toBe("GET /: its answer is not to be understood");
    await standIn.server.stop();
    expect(await why()).toContain("it cannot be reached (ECONNREFUSED)");
  });

  it("because it refuses what it is told says why", async () => {
    const usual = standIn.server.answer;
    standIn.server.answer = (asked, response) => {
      if (asked.method === "PUT") return refuse(response, 400, "illegal_argument_exception");
      usual(asked, response);
    };
    expect(await why()).toBe(
      `PUT /_ilm/policy/${STREAM}: it answered 400 illegal_argument_exception: illegal_argument_exception it is`,
    );
  });
});

describe("integrations/elastic", () => {
  const folder = path.join(import.meta.dirname, "../../../integrations/elastic");

  it.each(Object.entries(integrationFiles()))(
    "%s is what the command installs (vitest -u writes it)",
    async (name, content) => {
      await expect(`${JSON.stringify(content, undefined, 2)}\n`).toMatchFileSnapshot(path.join(folder, name));
    },
  );
});
