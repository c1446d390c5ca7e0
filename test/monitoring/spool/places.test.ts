// Guards the record of each place against every change of the configuration: what sinks are taken out, put back, renamed or exchanged explains what their files lack, and never one event more.
import { expect, it } from "vitest";
import { ChainVerifier, type Checkpoint, createRecorder } from "../../../src/monitoring/index.ts";
import { chainText, eventHash, linkOf } from "../../../src/monitoring/spool/chain.ts";
import type { HeldRun } from "../../../src/monitoring/spool/spool-port.ts";
import type { SpooledDelivery } from "../../../src/monitoring/delivery/spooled-delivery.ts";
import { unheard } from "../delivery/delivering.ts";
import { away, ScriptedDestination } from "../delivery/scripted-destination.ts";
import { fullExchange } from "../exchanges.ts";
import { TestDisk } from "./disk.ts";

/** What a file has: each event once, by its position. */
type Lines = Map<number, string>;

class Placed extends ScriptedDestination {
  readonly place: string;
  readonly held: Lines;

  constructor(name: string, place: string, held: Lines) {
    super({ name, recordsMax: 7 });
    this.place = place;
    this.held = held;
  }

  async holds(): Promise<readonly HeldRun[]> {
    return [...this.held].sort(([a], [b]) => a - b).map(([position, line]) => heldAlone(position, line));
  }

  /** As far as it is written by now. */
  write(): void {
    for (const { position, json } of this.taken.splice(0)) this.held.set(position, Buffer.from(json).toString("utf8"));
  }
}

/** One event; runs may be of one. */
function heldAlone(position: number, line: string): HeldRun {
  return { first: position, last: position, hash: eventHash(Buffer.from(line)) };
}

/** Names by place. */
type Assignment = ReadonlyMap<string, string>;

interface Life {
  readonly events: number;
  /** It dies at that operation of its disk. */
  readonly dieAt?: number | undefined;
  /** Takes a batch or two, and no more while it lives. */
  readonly slow?: string | undefined;
}

class Folder {
  disk = new TestDisk();
  readonly places = new Map<string, Lines>();
  readonly #whenFull: "block" | "drop-oldest";

  constructor(whenFull: "block" | "drop-oldest" = "block") {
    this.#whenFull = whenFull;
  }

  async live(assignment: Assignment, { events, dieAt = Number.POSITIVE_INFINITY, slow }: Life): Promise<void> {
    const { disk } = this;
    disk.dieAt = dieAt;
    const destinations = [...assignment].map(([place, name]) => {
      const held = this.places.get(place) ?? new Map<number, string>();
      this.places.set(place, held);
      const one = new Placed(name, place, held);
      const deliver = one.always;
      const isAway = () => disk.left !== undefined || (name === slow && one.batches.length > 2);
      one.always = (records) => (isAway() ? away(records) : deliver(records));
      return one;
    });
    const whenFull = this.#whenFull;
    const bytesMax = whenFull === "block" ? 200_000 : 30_000;
    const endOf = (place: string) =>
      new Placed("", place, this.places.get(place) ?? new Map()).holds().then((all) => all.at(-1));
    const bounds = { bytesMax, segmentBytesMax: 6_000, whenFull, closeMs: 5, endOf } as const;
    const delivery = await unheard(disk, { destinations, ...bounds }).catch(() => undefined);
    if (delivery !== undefined) await record(delivery, disk, { events, slow });
    for (const one of destinations) one.write();
    this.disk = disk.left?.killed ?? disk.processDies();
  }

  linesOf(place: string): string[] {
    return [...(this.places.get(place) ?? [])].sort(([a], [b]) => a - b).map(([, line]) => line);
  }
}

async function record(delivery: SpooledDelivery, disk: TestDisk, { events, slow }: Life): Promise<void> {
  const recorder = createRecorder({ sinks: [], delivery, tell: () => undefined });
  for (let i = 0; i < events && disk.left === undefined; i += 1) {
    recorder.exchange(fullExchange());
    await delivery.flush();
  }
  const { destinations } = delivery.snapshot();
  const waited = Object.keys(destinations).filter((name) => name !== slow);
  const isBehind = () => waited.some((name) => (delivery.snapshot().destinations[name]?.waiting ?? 0) > 0);
  while (disk.left === undefined && isBehind()) await new Promise((done) => setTimeout(done, 1));
  await recorder.close();
}

/** `signed`: the event that a checkpoint vouches for. */
function verdictOf(lines: readonly string[], sink: string, signed?: string) {
  const checkpoints = [signed ?? ""].filter((line) => line !== "").map(checkpointAt);
  const verifier = new ChainVerifier({ sink, checkpoints });
  for (const [i, line] of lines.entries()) verifier.line(line, `f:${i + 1}`);
  return verifier.end();
}

function checkpointAt(line: string): Checkpoint {
  return { origin: "o", count: linkOf(line)?.position ?? 0, hash: eventHash(Buffer.from(line)), time: "" };
}

const assigned = (assignment: Record<string, string>): Assignment => new Map(Object.entries(assignment));
const ALWAYS = { "/z": "always" };
const without = (lines: readonly string[], from: number, to: number) => lines.toSpliced(from, to - from);

/** Whatever is taken away at the beginning, or in the middle, is missed. */
function expectNothingExcused(lines: readonly string[], sink: string): void {
  const step = Math.max(1, Math.floor(lines.length / 25));
  for (let to = 1; to < lines.length - 1; to += step) {
    const beginning = verdictOf(without(lines, 0, to), sink).finding?.what;
    const middle = verdictOf(without(lines, to, Math.min(to + 3, lines.length - 1)), sink).finding?.what;
    expect([to, beginning, middle]).toEqual([to, "missing", "missing"]);
  }
}

it.each([
  ["taken out and put back", [{ "/p": "file" }, {}, { "/p": "file" }]],
  ["taken out and put back under another name", [{ "/p": "file" }, {}, { "/p": "backup" }]],
  ["whose path was another meanwhile", [{ "/p": "file" }, { "/q": "file" }, { "/p": "file" }]],
  [
    "that was exchanged with another",
    [
      { "/p": "file", "/q": "other" },
      { "/p": "other", "/q": "file" },
    ],
  ],
  ["renamed and renamed again", [{ "/p": "file" }, { "/p": "backup" }, { "/p": "file" }]],
  ["whose name another has now", [{ "/p": "file" }, { "/p": "backup", "/q": "file" }]],
])("a sink %s: its record is whole, and nothing excuses that its beginning is gone", async (_what, lives) => {
  const folder = new Folder();
  for (const assignment of lives) await folder.live(assigned({ ...ALWAYS, ...assignment }), { events: 40 });
  const last = Object.entries<string>({ ...ALWAYS, ...lives.at(-1) });
  for (const [place, name] of last) {
    const lines = folder.linesOf(place);
    expect([place, verdictOf(lines, name).finding]).toEqual([place, undefined]);
    expectNothingExcused(lines, name);
  }
});

it("a sink that is new is whole from its first event on, and not one further", async () => {
  const folder = new Folder();
  await folder.live(assigned(ALWAYS), { events: 60 });
  await folder.live(assigned({ ...ALWAYS, "/p": "file" }), { events: 20 });
  const lines = folder.linesOf("/p");
  const { finding, first, explained } = verdictOf(lines, "file");
  expect(finding).toBeUndefined();
  expect(first).toBeGreaterThan(1);
  expect(explained).toMatchObject([{ kind: "began", range: [1, first - 1] }]);
  expect(verdictOf(lines, "always").finding?.what).toBe("missing");
  expectNothingExcused(lines, "file");
});

it("what somebody added to a record while its sink was taken out is foreign, a word that excuses its beginning too", async () => {
  const file = assigned({ ...ALWAYS, "/p": "file" });
  for (const isAllThere of [true, false]) {
    const folder = new Folder();
    await folder.live(file, { events: 20 });
    await folder.live(assigned(ALWAYS), { events: 60 });
    const held = folder.places.get("/p") as Lines;
    const end = Math.max(...held.keys());
    let previous = eventHash(Buffer.from(held.get(end) as string));
    if (!isAllThere) held.clear();
    for (let position = end + 1; position <= end + 3; position += 1) {
      const data = `"data":{"sink":"file","last":${end},"files":3,"generation":1}`;
      const bare = `{"event":{"dataset":"portcullis.system","code":"monitoring.retention"},"portcullis":{${data}`;
      const line = bare + chainText(position, previous, true);
      previous = eventHash(Buffer.from(line));
      held.set(position, line);
    }
    await folder.live(file, { events: 20 });
    const lines = folder.linesOf("/p");
    expect(verdictOf(lines, "file", lines.at(-1)).finding?.what).toBe(isAllThere ? "foreign" : "missing");
  }
});

it("what a sink missed while it was taken out is told", async () => {
  const folder = new Folder();
  const file = assigned({ ...ALWAYS, "/p": "file" });
  await folder.live(file, { events: 20 });
  const before = Math.max(...(folder.places.get("/p") as Lines).keys());
  await folder.live(assigned(ALWAYS), { events: 60 });
  await folder.live(file, { events: 20 });
  const { explained, finding } = verdictOf(folder.linesOf("/p"), "file");
  expect(finding).toBeUndefined();
  expect(explained).toMatchObject([{ kind: "began", range: [before + 1, expect.any(Number) as number] }]);
  // It has what the spool still had.
  const behind = (explained[0]?.range[1] ?? 0) + 1;
  expect(folder.places.get("/p")?.has(behind)).toBe(true);
});

/** The same numbers for the same seed. */
function chances(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761 + 1;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

it.each([
  ["block", "kills"],
  ["drop-oldest", "kills"],
  ["drop-oldest", "no kill"],
] as const)("fifteen lives on each of five folders, by chance: names and places, %s, %s", async (whenFull, ends) => {
  let gaps = 0;
  for (let seed = 1; seed <= 5; seed += 1) {
    const chance = chances(seed);
    const folder = new Folder(whenFull);
    let assignment = assigned(ALWAYS);
    for (let life = 0; life < 15; life += 1) {
      const names = ["file", "backup", "other"];
      const chosen = ["/p", "/q", "/r"].filter(() => chance(3) > 0);
      const named = chosen.map((place) => [place, names.splice(chance(names.length), 1)[0] as string] as const);
      assignment = assigned({ ...ALWAYS, ...Object.fromEntries(named) });
      const dieAt = ends === "kills" && chance(3) === 0 ? 5 + chance(120) : undefined;
      const slow = whenFull === "drop-oldest" ? named[chance(3)]?.[1] : undefined;
      await folder.live(assignment, { events: chance(40), dieAt, slow });
    }
    await folder.live(assignment, { events: 5 });
    for (const [place, name] of assignment) {
      const lines = folder.linesOf(place);
      const { finding, explained } = verdictOf(lines, name);
      expect([seed, place, finding]).toEqual([seed, place, undefined]);
      gaps += explained.length;
      expectNothingExcused(lines, name);
    }
  }
  expect(gaps).toBeGreaterThan(15);
});
