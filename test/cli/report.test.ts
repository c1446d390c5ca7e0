// Guards `portcullis report`: what it reads, what it lists, and what its exit code says.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { DOCUMENT, OAUTH } from "../configuration/composing.ts";
import { folderWith } from "../configuration/folder.ts";
import { BEGAN_MS, eventLines, type Told } from "./report-events.ts";
import { begin, run } from "./running.ts";

const AUDIT = "monitoring: { sinks: [console, { file: log/audit.ndjson }] }\n";
const SYSTEM = '{"event":{"dataset":"portcullis.system"},"message":"started"}';

function folder(files: Readonly<Record<string, string | Uint8Array>>): string {
  const cwd = folderWith({ "portcullis.yaml": `openapi: api.yaml\n${OAUTH}${AUDIT}`, "api.yaml": DOCUMENT });
  mkdirSync(path.join(cwd, "log"));
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(cwd, name), content);
  return cwd;
}

const text = (all: readonly Told[]) => `${eventLines(all).join("\n")}\n`;
interface Shown {
  readonly code: number;
  readonly read: { readonly files: string[]; readonly troubles: string[]; readonly events: number };
  readonly wouldDeny: unknown[];
  readonly denied: unknown[];
  readonly notJudged: unknown[];
  readonly undeclared: unknown[];
  readonly notProposed: unknown[];
  readonly patch: { readonly text: string };
}
async function json(args: readonly string[], cwd: string): Promise<Shown> {
  const { out, code } = await run(["report", "--format", "json", ...args], { cwd });
  return { ...(JSON.parse(out) as Shown), code };
}

describe("what is read", () => {
  it("the configuration's file with those that were rotated, packed or not, in the order of time", async () => {
    const at = (id: string, minutes: number): Told => ({ id, atMs: BEGAN_MS + minutes * 60_000 });
    const cwd = folder({
      "log/audit.ndjson": text([at("e", 9)]),
      "log/audit.ndjson.20261126T080000000Z-000000.gz": gzipSync(text([at("c", 3)])),
      "log/audit.ndjson.20261126T090000000Z-000000": text([at("d", 6)]),
      "log/audit.ndjson.1": text([at("b", 2)]),
      "log/audit.ndjson.2.gz": gzipSync(text([at("a", 1)])),
      "log/audit.ndjson.bak": text([at("x", 0)]),
      "log/other.ndjson": text([at("y", 0)]),
    });
    const { read, code } = await json([], cwd);
    expect(read).toMatchObject({ events: 5, first: "2026-11-26T08:01:00.000Z", last: "2026-11-26T08:09:00.000Z" });
    expect(read.files).toEqual([
      "log/audit.ndjson.2.gz",
      "log/audit.ndjson.1",
      "log/audit.ndjson.20261126T080000000Z-000000.gz",
      "log/audit.ndjson.20261126T090000000Z-000000",
      "log/audit.ndjson",
    ]);
    expect(code).toBe(0);
  });

  it("files by name, and standard input, packed too", async () => {
    const cwd = folderWith({ "a.ndjson": text([{}]) });
    const args = ["report", "--format", "json", "a.ndjson", "-"];
    for (const input of [text([{}, {}]), gzipSync(text([{}, {}]))]) {
      const { out, code } = await run(args, { cwd, input });
      expect(JSON.parse(out).read).toMatchObject({ files: ["a.ndjson", "-"], events: 3 });
      expect(code).toBe(0);
    }
  });

  it("only what came since", async () => {
    const cwd = folder({ "log/audit.ndjson": text([{}, { atMs: BEGAN_MS + 60_000 }, { atMs: BEGAN_MS + 120_000 }]) });
    expect((await json(["--since", "2026-11-26T08:01:00Z"], cwd)).read).toMatchObject({ older: 1, events: 2 });
    expect((await json(["--since", "2026-11-26"], cwd)).read).toMatchObject({ older: 0, events: 3 });
    const old = folder({ "log/audit.ndjson": text([{ atMs: Date.now() - 7_200_000 }, { atMs: Date.now() }]) });
    expect((await json(["--since", "1h"], old)).read).toMatchObject({ older: 1, events: 1 });
  });

  it("whatever else is in the files is counted and told, and stops nothing", async () => {
    const lines = [
      ...eventLines([{ id: "a" }]),
      "",
      "{torn",
      '{"@timestamp":"2026-11-26T08:00:00Z","message":"of something else"}',
      "null",
      '"text"',
      SYSTEM,
      `{"x":"${"y".repeat(2 * 1024 * 1024)}"}`,
      '{"@timestamp":"yesterday","event":{"dataset":"portcullis.audit"}}',
      '{"@timestamp":"2026-11-26T08:00:00Z","event":{"dataset":"portcullis.audit"},"portcullis":{"notes":[1,null,{"undeclared":{"in":"query","names":[7,{"at":1}]}}]},"http":7,"url":[]}',
      ...eventLines([{ id: "b" }]),
      ...eventLines([{ id: "torn" }]).map((line) => line.slice(0, -9)),
    ];
    const cwd = folder({ "log/audit.ndjson": lines.join("\n") });
    const { read, code } = await json([], cwd);
    expect(read).toMatchObject({ events: 3, system: 1, foreign: 4, broken: 3 });
    expect(code).toBe(0);
    const { out } = await run(["report"], { cwd });
    expect(out).toContain("left out: 1 of the gateway itself, 4 lines of something else, 3 broken lines\n");
  });

  it("a damaged file as far as it goes; then the exit code is 2", async () => {
    const packed = gzipSync(text(Array.from({ length: 5_000 }, (_, i) => ({ id: `id-${i * 7919}` }))));
    const cwd = folder({
      "log/audit.ndjson.gz": packed.subarray(0, packed.length / 2),
      "log/audit.ndjson": text([{}]),
    });
    const { read, code } = await json(["log/audit.ndjson.gz", "log/none", "log", "log/audit.ndjson"], cwd);
    expect(code).toBe(2);
    expect(read.events).toBeGreaterThan(1);
    expect(read.troubles).toEqual([
      "log/audit.ndjson.gz: the packed file ends too early: what came before is in the report",
      "log/none: there is no such file",
      "log: it is a folder",
    ]);
  });

  it("nothing of a file that holds something else: exit code 2", async () => {
    const cwd = folderWith({ "a.txt": "one\ntwo\n", "empty.ndjson": "" });
    expect((await run(["report", "a.txt"], { cwd })).code).toBe(2);
    expect((await run(["report", "empty.ndjson"], { cwd })).code).toBe(0);
  });

  it("until it is stopped: what was read is shown, and that it is not all", async () => {
    const cwd = folderWith({ "a.ndjson": text([{}]) });
    const running = begin(["report", "a.ndjson", "a.ndjson"], { cwd });
    running.stop("SIGINT");
    const { out, code } = await running.ended;
    expect(code).toBe(2);
    expect(out).toContain("note  stopped before the end: what was not read is not in this report\n");
  });
});

describe("what it says", () => {
  const told: readonly Told[] = [
    { id: "1", operation: "getOrder", would: "authentication.credentials-missing", address: "192.0.2.9" },
    { id: "2", operation: "getOrder", would: "authentication.credentials-missing", atMs: BEGAN_MS + 61_000 },
    { id: "3", operation: "getOrder", denied: "rate-limiting.limit-exceeded", status: 429 },
    { id: "4", operation: "getOrder", notJudged: "encoded" },
    { id: "5", path: "/.env", would: "validation.operation-undeclared", status: 404 },
    {
      id: "6",
      operation: "getOrder",
      undeclared: [{ in: "query", names: [{ at: "page", type: "integer" }] }],
    },
  ];

  it("by operation, reason and client, with counts, times and an example; exit code 1", async () => {
    const cwd = folder({ "log/audit.ndjson": text(told) });
    const { wouldDeny, denied, notJudged, undeclared, notProposed, patch, code } = await json([], cwd);
    expect(code).toBe(1);
    expect(wouldDeny[0]).toEqual({
      operation: "getOrder",
      reason: "authentication.credentials-missing",
      count: 2,
      first: "2026-11-26T08:00:00.000Z",
      last: "2026-11-26T08:01:01.000Z",
      example: "1",
      clients: [
        {
          client: "192.0.2.9",
          count: 1,
          first: "2026-11-26T08:00:00.000Z",
          last: "2026-11-26T08:00:00.000Z",
          example: "1",
        },
        expect.objectContaining({ client: "192.0.2.1", count: 1, example: "2" }),
      ],
      otherRequests: 0,
    });
    expect(denied).toMatchObject([{ operation: "getOrder", reason: "rate-limiting.limit-exceeded", count: 1 }]);
    expect(notJudged).toMatchObject([{ operation: "getOrder", reason: "g: encoded", count: 1 }]);
    expect(undeclared).toMatchObject([{ kind: "parameter", operation: "getOrder", type: "integer", proposed: true }]);
    expect(notProposed).toMatchObject([{ operation: "GET /.env", because: "asked for by scanners and browsers" }]);
    expect(patch.text).toContain("+++ b/api.yaml");
  });

  it("in lines for people, cut by --top", async () => {
    const cwd = folder({ "log/audit.ndjson": text(told) });
    const { out, err, code } = await run(["report", "--top", "1"], { cwd });
    expect({ err, code }).toEqual({ err: "", code: 1 });
    expect(out).toContain(
      "        2  getOrder  authentication.credentials-missing  2026-11-26 08:00 to 2026-11-26 08:01\n" +
        "           192.0.2.9 1, 192.0.2.1 1; for example 1\n" +
        "           and 1 more: --top 2\n",
    );
    expect(out).not.toContain("\u001b");
    expect((await run(["report"], { cwd, terminal: true })).out).toContain("\u001b[1m");
  });

  it("of what is only denied for real needs no decision: exit code 0", async () => {
    const cwd = folder({ "log/audit.ndjson": text(told.slice(2, 5)).replaceAll("would-deny", "noticed") });
    expect((await run(["report"], { cwd })).code).toBe(0);
  });

  it("without a document the same, but for a proposal", async () => {
    const cwd = folderWith({ "a.ndjson": text(told) });
    const { out, code } = await run(["report", "a.ndjson"], { cwd });
    expect(code).toBe(1);
    expect(out).toContain("getOrder  page in the query (integer)");
    expect(out).toContain("note  nothing is proposed without a document: name it with --openapi\n");
  });

  it("nothing that could move a cursor, whoever wrote the file", async () => {
    const forged = text(told).replaceAll("getOrder", "\\u001b[2Jget\\nOrder");
    const { out } = await run(["report", "a.ndjson"], { cwd: folderWith({ "a.ndjson": forged }) });
    expect(out).toContain("\\u{1b}[2Jget\\u{a}Order");
  });

  it("that it belongs to another document", async () => {
    const undeclared = [{ in: "query", names: [{ at: "x", type: "string" }] }] as const;
    const cwd = folder({ "log/audit.ndjson": text([{ operation: "gone", undeclared }]) });
    expect((await run(["report"], { cwd })).out).toContain("note  operations that this document does not have: gone\n");
  });
});

describe("what it refuses", () => {
  const refused = async (args: readonly string[], cwd = folder({ "log/audit.ndjson": "" })) => {
    const { code, err, out } = await run(["report", ...args], { cwd });
    expect({ code, out }).toEqual({ code: 2, out: "" });
    return err.split("\n")[0];
  };

  it("is said with what to do", async () => {
    expect(await refused(["--format", "xml"])).toBe("error  --format xml is none of text, json");
    expect(await refused(["--top", "0"])).toBe("error  --top 0 is no number of rows");
    expect(await refused(["--since", "lately"])).toBe("error  --since lately is no time");
    expect(await refused(["--sinse", "1h"])).toBe("error  portcullis report has no option --sinse");
    expect(await refused([], folder({}))).toBe("error  there is no log/audit.ndjson yet");
    const silent = folderWith({ "portcullis.yaml": `openapi: api.yaml\n${OAUTH}`, "api.yaml": DOCUMENT });
    expect(await refused([], silent)).toBe("error  the configuration writes no audit file");
    expect(await refused([], folderWith({}))).toBe("error  there is no portcullis.yaml here, and no --openapi");
    const broken = folderWith({ "portcullis.yaml": `openapi: api.yaml\n${OAUTH}`, "api.yaml": "openapi: 2.0\n" });
    expect(await refused(["a.ndjson"], broken)).toContain('error  api.yaml:1:1: api.yaml: "openapi" is 2');
  });

  it("to write its patch over what is no patch", async () => {
    const undeclared = [{ in: "query", names: [{ at: "x", type: "string" }] }] as const;
    const cwd = folder({ "log/audit.ndjson": text([{ operation: "getOrder", undeclared }]) });
    expect(await refused(["--patch", "api.yaml"], cwd)).toBe("error  api.yaml is there already, and is no patch");
    expect(readFileSync(path.join(cwd, "api.yaml"), "utf8")).toBe(DOCUMENT);
    for (const flags of [[], ["--overlay"], []]) {
      expect((await run(["report", "--patch", "p.patch", ...flags], { cwd })).code).toBe(1);
      const written = readFileSync(path.join(cwd, "p.patch"), "utf8");
      expect(written).toMatch(flags.length === 0 ? /^--- a\/api\.yaml\n/ : /^overlay: 1\.0\.0\n/);
    }
    const without = folderWith({ "a.ndjson": text([{}]) });
    expect(await refused(["a.ndjson", "--patch", "p"], without)).toBe(
      "error  without a document there is nothing to patch",
    );
  });
});
