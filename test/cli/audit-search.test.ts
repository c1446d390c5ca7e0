// Guards `portcullis audit search` and `audit tail`: what is found, how it is shown, what is followed.
import { appendFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { folderWith } from "../configuration/folder.ts";
import { begin, run } from "./running.ts";

describe("audit search and tail", () => {
  const line = (n: number, more: object) =>
    JSON.stringify({ "@timestamp": `2026-11-26T08:00:0${n}.000Z`, log: { level: "info" }, message: "m", ...more });
  const exchange = (n: number, status: number, reason: string | undefined, subject: string) =>
    line(n, {
      event: { ...(reason === undefined ? {} : { reason }), duration: 2_000_000 },
      http: { request: { id: `r${n}`, method: "GET" }, response: { status_code: status } },
      url: { path: `/orders/${n}\u001b[2J` },
      user: { id: subject },
      portcullis: { operation: { id: "getOrder" } },
    });
  const LINES = [
    exchange(1, 200, undefined, "alice"),
    exchange(2, 401, "authentication.token-expired", "bob"),
    exchange(3, 403, "authorization.scope-insufficient", "alice"),
    line(4, { event: { code: "gateway.started" } }),
    "torn",
  ];

  it.each([
    [
      ["--subject", "alice"],
      ["r1", "r3"],
    ],
    [["--reason", "authentication.*"], ["r2"]],
    [["--reason", "authorization.scope-insufficient", "--status", "403"], ["r3"]],
    [
      ["--status", "4xx"],
      ["r2", "r3"],
    ],
    [["--operation", "get*", "--since", "2026-11-26T08:00:02Z", "--until", "2026-11-26T08:00:02.500Z"], ["r2"]],
    [["--text", '"r1"'], ["r1"]],
    [["--subject", "mallory"], []],
  ])("%j finds %j", async (options, ids) => {
    const cwd = folderWith({ "a.ndjson": `${LINES.join("\n")}\n` });
    const { code, out } = await run(["audit", "search", "a.ndjson", "--json", ...options], { cwd });
    const found = out
      .split("\n")
      .filter((text) => text !== "")
      .map((text) => JSON.parse(text) as { http: { request: { id: string } } });
    expect([code, found.map(({ http }) => http.request.id)]).toEqual([ids.length > 0 ? 0 : 1, ids]);
    expect(
      out
        .split("\n")
        .slice(0, -1)
        .every((text) => LINES.includes(text)),
    ).toBe(true);
  });

  it("shows lines that move no cursor, the last ones, and system events", async () => {
    const cwd = folderWith({ "a.ndjson": `${LINES.join("\n")}\n` });
    const { out } = await run(["audit", "tail", "a.ndjson", "-n", "2"], { cwd });
    expect(out.trimEnd().split("\n")).toHaveLength(2);
    expect(out).toContain("403 GET    /orders/3\\u{1b}[2J");
    expect(out).toContain("gateway.started");
    expect(out).not.toContain("\u001b");
    expect((await run(["audit", "tail", "a.ndjson", "-n", "0"], { cwd })).out).toBe("");
    expect((await run(["audit", "search", "a.ndjson", "--status", "x"], { cwd })).code).toBe(2);
    expect((await run(["audit", "search", "none.ndjson"], { cwd })).err).toContain("none.ndjson cannot be read");
  });

  it("follows what comes, over a rotation", async () => {
    const cwd = folderWith({ "a.ndjson": `${LINES[0] as string}\n` });
    const started = begin(["audit", "tail", "a.ndjson", "--follow", "--json"], { cwd });
    const file = path.join(cwd, "a.ndjson");
    await started.outputShows(/"r1"/);
    appendFileSync(file, `${LINES[1] as string}\n`);
    await started.outputShows(/"r2"/);
    appendFileSync(file, `${LINES[2] as string}\n`);
    renameSync(file, `${file}.1`);
    writeFileSync(file, `${exchange(5, 200, undefined, "carol")}\n`);
    await started.outputShows(/"r5"/);
    started.stop("SIGINT");
    const { code, out } = await started.ended;
    expect([code, [...out.matchAll(/"id":"(r\d)"/g)].map((match) => match[1])]).toEqual([0, ["r1", "r2", "r3", "r5"]]);
  });
});
