// What others chose moves no cursor of whoever looks at sanctions, accounts or a replay: subjects, names, stored fields.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { table } from "../../src/cli/table.ts";
import { DOCUMENT, OAUTH } from "../configuration/composing.ts";
import { folderWith } from "../configuration/folder.ts";
import { run } from "./running.ts";

const EVIL = "x\ny\u001b[31m\u202e\u0007";
const SHOWN = String.raw`x\u{a}y\u{1b}[31m\u{202e}\u{7}`;
// oxlint-disable-next-line no-control-regex -- they are what must not be there
const MOVES = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/;

const folder = () =>
  folderWith({
    "api.yaml": DOCUMENT,
    "portcullis.yaml": `openapi: api.yaml
upstream: http://127.0.0.1:9
${OAUTH}monitoring: { detections: { sanctions: sanctions.json } }
`,
  });

it("a subject that is held back, why, and that they are let go", async () => {
  const cwd = folder();
  const banned = await run(["detect", "ban", "--subject", EVIL, "--why", EVIL], { cwd });
  const listed = await run(["detect", "sanctions"], { cwd });
  const [id = ""] = banned.out.split(":");
  const lifted = await run(["detect", "lift", id], { cwd });
  for (const { code, out, err } of [banned, listed, lifted]) {
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain(`subject ${SHOWN}`);
    expect(out).not.toMatch(MOVES);
  }
  expect(listed.out.trimEnd().split("\n")).toHaveLength(2);
  expect(listed.out).toMatch(/ x\\u\{a\}y\S+$/m);
});

it("any table: one row is one line", () => {
  const io = { stdout: { write: () => undefined, isTTY: false }, env: {} };
  expect(table([["name"], [EVIL], ["grün 茶"]], io as never)).toBe(`name\n${SHOWN}\ngrün 茶\n`);
});

it("stored events that a replay finds something in", async () => {
  const cwd = folder();
  const event = (i: number) => ({
    "@timestamp": new Date(Date.UTC(2026, 10, 26) + i).toISOString(),
    event: { dataset: "portcullis.audit", action: "resource_undeclared" },
    http: { request: { id: EVIL } },
    client: { address: EVIL },
    url: { path: `/${i}` },
  });
  const lines = Array.from({ length: 10 }, (_, i) => JSON.stringify(event(i)));
  writeFileSync(path.join(cwd, "audit.ndjson"), lines.join("\n"));
  const { out } = await run(["detect", "--replay", "audit.ndjson"], { cwd });
  expect(out).toContain(`client.address ${SHOWN}`);
  expect(out).not.toMatch(MOVES);
});
