// Guards what was answered against kill -9, with an outside client that keeps its own count: KILLS=200 LATE_MS=20 says how often, and how young a lost answer may be.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, it, onTestFinished } from "vitest";
import { makeNoteKey, noteSigner, noteVerifier } from "../../../src/cryptography/signed-note.ts";
import {
  auditFiles,
  ChainVerifier,
  type Checkpoint,
  diskFiles,
  notesOf,
  openCheckpoint,
  spoolStats,
} from "../../../src/monitoring/index.ts";
import { type Busyness, watchBusyness } from "./busyness.ts";

const KILLS = Number(process.env["KILLS"] ?? 10);
/** How young a lost answer may be. To that comes what the machine, busy with others, kept the process from running and writing: measured. */
const LATE_MS = Number(process.env["LATE_MS"] ?? 20);
/** What the kernel does not tell: the turn of the loop in which the delay ends, and what other machines took of this one. */
const UNTOLD_MS = 20;
const CLIENTS = 6;

interface Answer {
  readonly id: string;
  readonly atMs: number;
}

async function start(folder: string, key: string) {
  const child = fork(join(import.meta.dirname, "recording-server.ts"), [folder, key], { stdio: "inherit" });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [said] = (await once(child, "message")) as [{ port: number }];
  return { child, url: `http://127.0.0.1:${said.port}/` };
}

/** Asks until nobody answers any more. */
async function client(url: string, agent: Agent, answers: Answer[]): Promise<void> {
  for (;;) {
    const id = await new Promise<string | undefined>((resolve) => {
      const request = get(url, { agent }, (response) => {
        let text = "";
        response.on("data", (chunk) => (text += String(chunk)));
        response.on("end", () => resolve(text));
        response.on("error", () => resolve(undefined));
      });
      request.on("error", () => resolve(undefined));
    });
    if (id === undefined) return;
    answers.push({ id, atMs: performance.now() });
  }
}

it(
  `after each of ${KILLS} kills, every answer older than ${LATE_MS} ms and what the machine held it up has its event, once`,
  async ({ annotate }) => {
    const folder = mkdtempSync(join(tmpdir(), "kills-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const key = makeNoteKey("kills");
    const lives: { readonly answers: Answer[]; readonly killedMs: number; readonly busyness: Busyness }[] = [];
    for (let life = 0; life < KILLS; life += 1) {
      const { child, url } = await start(folder, key);
      const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
      const busyness = watchBusyness(child.pid as number, folder);
      const answers: Answer[] = [];
      const clients = Array.from({ length: CLIENTS }, () => client(url, agent, answers));
      await new Promise((done) => setTimeout(done, 20 + Math.random() * 250));
      const killedMs = performance.now();
      child.kill("SIGKILL");
      await Promise.all(clients);
      agent.destroy();
      await busyness.stop();
      lives.push({ answers: answers.filter(({ atMs }) => atMs < killedMs), killedMs, busyness });
    }
    const { child } = await start(folder, key);
    child.kill("SIGTERM");
    expect((await once(child, "exit"))[0]).toBe(0);

    const notes = notesOf(readFileSync(join(folder, "checkpoints.txt"), "utf8"));
    const verifier = noteVerifier(noteSigner(key)?.publicText ?? "")!;
    const checkpoints = notes
      .map((note) => openCheckpoint(note, verifier))
      .filter((one): one is Checkpoint => one !== undefined);
    const chain = new ChainVerifier({ checkpoints, sink: "file" });
    const events = new Set<string>();
    const recorded = new Set<string>();
    for (const file of await auditFiles(join(folder, "audit.ndjson"))) {
      const bytes = readFileSync(file);
      const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8").trimEnd();
      // Begun when the one before was full, and nothing came any more.
      if (text === "") continue;
      for (const line of text.split("\n")) {
        chain.line(line, file);
        const event = JSON.parse(line) as { event: { id: string }; http?: { request: { id: string } } };
        expect(events.has(event.event.id)).toBe(false);
        events.add(event.event.id);
        if (event.http !== undefined) recorded.add(event.http.request.id);
      }
    }
    const lost = lives.flatMap(({ answers, killedMs, busyness }) => {
      const lastMs = Math.max(...answers.filter(({ id }) => recorded.has(id)).map(({ atMs }) => atMs));
      return answers
        .filter(({ id }) => !recorded.has(id))
        .map(({ atMs }) => ({
          ageMs: killedMs - atMs,
          heldUpMs: busyness.heldUpMs(atMs, killedMs),
          /** Before one that was recorded: no delay explains that. */
          holeMs: lastMs - atMs,
        }));
    });
    const ages = lost.map(({ ageMs }) => ageMs);
    const answered = lives.reduce((count, { answers }) => count + answers.length, 0);
    const oldest = Math.max(0, ...ages);
    const within = [20, 50, 100].map((ms) => `${ages.filter((age) => age > ms).length} older than ${ms} ms`).join(", ");
    const held = Math.max(0, ...lost.map(({ ageMs, heldUpMs }) => (ageMs > LATE_MS ? heldUpMs : 0)));
    const said = `${KILLS} kills, ${answered} answers, ${ages.length} without an event: ${within}, the oldest ${oldest.toFixed(1)} ms; held up ${held.toFixed(1)} ms`;
    await annotate(said);
    if (process.env["KILLS"] !== undefined) process.stdout.write(`${said}\n`);
    expect(answered).toBeGreaterThan(KILLS);
    // Only the last moments are lost, whatever the machine did: six clients see answers in an order that differs by little.
    expect(lost.filter(({ holeMs }) => holeMs > LATE_MS)).toEqual([]);
    expect(lost.filter(({ ageMs, heldUpMs }) => ageMs > LATE_MS + heldUpMs + UNTOLD_MS)).toEqual([]);
    expect(chain.end().finding).toBeUndefined();
    expect(checkpoints.length).toBeGreaterThan(0);
    expect(await spoolStats(diskFiles(join(folder, "spool")))).toMatchObject({
      isWhole: true,
      destinations: [{ name: "file", lost: 0 }],
    });
  },
  KILLS * 10_000,
);
