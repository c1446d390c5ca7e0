// Checkpoints at a server of the owner's: signed, the newest after an outage, and no place holds up another; what was cut off later shows.
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../src/core/clock.ts";
import { makeNoteKey, noteSigner, noteVerifier } from "../../../src/cryptography/signed-note.ts";
import { Checkpointer } from "../../../src/monitoring/evidence/checkpointer.ts";
import { openCheckpoint } from "../../../src/monitoring/index.ts";
import { checkpointWebhook } from "../../../src/sinks/webhook/checkpoint-webhook.ts";
import { run } from "../../cli/running.ts";
import { startProcess } from "../../cli/process.ts";
import { DOCUMENT } from "../../configuration/composing.ts";
import { folderWith } from "../../configuration/folder.ts";
import { stopwatch } from "../../servers/stopwatch.ts";
import { type Answer, type Asked, HttpServer } from "../../sinks/http-server.ts";

const SECRET = `whsec_${Buffer.from("secret-key-of-thirty-two-bytes!!").toString("base64")}`;
const KEY = makeNoteKey("api.example.com/audit");
const SIGNER = noteSigner(KEY)!;
const VERIFIER = noteVerifier(SIGNER.publicText)!;
const taking: Answer = (_asked, response) => void response.writeHead(204).end();
const soon = { timeout: 30_000, interval: 10 };

/** The note of an honest request; throws for any other, as the official library does. */
function noteOf({ headers, body }: Asked): string {
  new Webhook(SECRET).verify(body.toString(), headers as Record<string, string>, { jsonParse: false });
  expect(headers["content-type"]).toBe("text/plain; charset=utf-8");
  return body.toString();
}

const countOf = (asked: Asked) => openCheckpoint(noteOf(asked), VERIFIER)?.count;

let server: HttpServer;

beforeEach(async () => {
  server = await new HttpServer(taking).start();
});
afterEach(() => server.stop());

function checkpointing(url: string) {
  const written: string[] = [];
  const said: { action: string; message: string }[] = [];
  const head = { count: 0, hash: "A".repeat(43).concat("=") };
  const fields = { "x-api-key": "secret-field" };
  const options = { url, secrets: [SECRET], fields, timeoutMs: 60_000, ca: undefined, dangerouslyAllowHttp: false };
  const checkpointer = new Checkpointer({
    signer: SIGNER,
    head: () => ({ ...head }),
    clock: systemClock,
    everyMs: 3_600_000,
    everyRecords: 1,
    say: ({ action, message }) => said.push({ action, message }),
    sinks: [
      { name: "file", write: (note) => Promise.resolve(void written.push(note)) },
      checkpointWebhook(options, systemClock),
    ],
  });
  const commit = (count: number) => {
    head.count = count;
    checkpointer.committed();
  };
  return { written, said, checkpointer, commit };
}

describe("a webhook of checkpoints", () => {
  it("gets each, signed by both keys, with what its server asks for", async () => {
    const { checkpointer, commit } = checkpointing(`${server.url}/notes`);
    commit(3);
    await expect.poll(() => server.asked.map(countOf), soon).toEqual([3]);
    commit(5);
    await expect.poll(() => server.asked.map(countOf), soon).toEqual([3, 5]);
    expect(server.asked[0]).toMatchObject({ method: "POST", url: "/notes", headers: { "x-api-key": "secret-field" } });
    await checkpointer.close();
  });

  it.each([
    [
      "refuses it",
      (_asked: Asked, response: Parameters<Answer>[1]) => void response.writeHead(400).end(),
      "it answered 400",
    ],
    [
      "is ill",
      (_asked: Asked, response: Parameters<Answer>[1]) => void response.writeHead(503).end(),
      "it answered 503",
    ],
    ["breaks off", ({ socket }: Asked) => void socket.destroy(), ""],
  ])("that %s is told once, without its secrets, and again when it works", async (_, answer, said_) => {
    server.answer = answer;
    const { checkpointer, commit, said, written } = checkpointing(`${server.url}/secret-path`);
    for (const count of [1, 2, 3]) {
      commit(count);
      await expect.poll(() => server.asked.length, soon).toBe(count);
    }
    await expect.poll(() => said.length, soon).toBe(1);
    server.answer = taking;
    commit(4);
    await expect
      .poll(() => said.map(({ action }) => action), soon)
      .toEqual(["monitoring.checkpoint-failed", "monitoring.checkpoint-written"]);
    expect(said[0]?.message).toContain(said_);
    expect(JSON.stringify(said)).not.toMatch(/secret/);
    expect(written).toHaveLength(4);
    expect(countOf(server.asked[3] as Asked)).toBe(4);
    await checkpointer.close();
  });

  it("that hangs holds up no other place, gets the newest afterwards, and no end for long", async () => {
    const held: Parameters<Answer>[1][] = [];
    server.answer = (_asked, response) => void held.push(response);
    const { checkpointer, commit, written } = checkpointing(server.url);
    for (let count = 1; count <= 20; count += 1) commit(count);
    await expect.poll(() => held.length, soon).toBe(1);
    expect(written.length).toBeGreaterThanOrEqual(1);
    await expect.poll(() => openCheckpoint(written.at(-1) ?? "", VERIFIER)?.count, soon).toBe(20);
    held[0]?.writeHead(204).end();
    await expect.poll(() => server.asked.map(countOf), soon).toEqual([1, 20]);
    const passedMs = stopwatch();
    await checkpointer.close();
    expect(passedMs()).toBeLessThan(4_500);
  });
});

describe("a gateway whose checkpoints go to a webhook", () => {
  const configuration = (url: string, more = "") => `openapi: api.yaml
upstream: http://127.0.0.1:9
transport: { listen: 0, adminListen: 0, tls: dangerouslyOff }
authentication: { oauth: { issuer: "http://127.0.0.1:9/", audience: a } }
monitoring:
  sinks: [{ file: audit.ndjson }]
  checkpoints: { key: { file: audit.key }, webhook: { url: "${url}/notes", secret: { file: hook.secret }${more} } }
`;

  it("has its record cut off unnoticed by the files beside it, and noticed by what the server kept", async () => {
    const cwd = folderWith({
      "api.yaml": DOCUMENT,
      "audit.key": `${KEY}\n`,
      "hook.secret": `${SECRET}\n`,
      "portcullis.yaml": configuration(server.url),
    });
    const gateway = startProcess(["start"], cwd);
    const [, url = ""] = await gateway.errorShows(/ at (http:\S+)\n/);
    for (let i = 0; i < 5; i += 1) expect((await fetch(`${url}/no`)).status).toBe(404);
    gateway.signal("SIGTERM");
    expect(await gateway.ended).toBe(0);
    const kept = path.join(cwd, "kept.txt");
    writeFileSync(kept, server.asked.map((asked) => `${noteOf(asked)}\n`).join(""));
    const key = ["--key", SIGNER.publicText];
    expect(await run(["audit", "verify", "audit.ndjson", "--checkpoints", kept, ...key], { cwd })).toMatchObject({
      code: 0,
    });

    // Whoever owns the machine takes the last event out of the record, the spool, and its checkpoint out of the file.
    const record = path.join(cwd, "audit.ndjson");
    const text = readFileSync(record, "utf8");
    truncateSync(record, text.lastIndexOf("\n", text.length - 2) + 1);
    const none = await run(["audit", "verify", "audit.ndjson"], { cwd });
    const noticed = await run(["audit", "verify", "audit.ndjson", "--checkpoints", kept, ...key], { cwd });
    expect(noticed.code).toBe(1);
    expect(noticed.out).toContain("truncated: event");
    expect(none.out).not.toBe("");
  });

  it.each([
    ["plain http to another machine", "http://hooks.example.com", "", "plain http to another machine"],
    ["a short secret", "https://hooks.example.com", "", "has fewer than 24 bytes"],
    [
      "a field that is its own",
      "https://hooks.example.com",
      ", headers: { Webhook-Id: x }",
      "is set by the request itself",
    ],
  ])("is refused with %s", async (what, url, more, said) => {
    const cwd = folderWith({
      "api.yaml": DOCUMENT,
      "audit.key": `${KEY}\n`,
      "hook.secret": what === "a short secret" ? "short" : SECRET,
      "portcullis.yaml": configuration(url, more),
    });
    const { code, out, err } = await run(["check"], { cwd });
    expect(code).toBe(1);
    expect(out + err).toContain(said);
    expect(out + err).toContain("monitoring.checkpoints.webhook");
  });
});
