// Guards the memory of a report: each bound is kept and said, and what matters stays in it.
import { describe, expect, it } from "vitest";
import type { SeenEvent, SeenNote } from "../../src/cli/report/event.ts";
import { Findings } from "../../src/cli/report/findings.ts";
import {
  CLIENTS_MAX,
  CLIENTS_TOTAL_MAX,
  ENDPOINTS_MAX,
  NAMES_TOTAL_MAX,
  ROWS_MAX,
} from "../../src/cli/report/limits.ts";
import { lineBatches, unpacked } from "../../src/cli/report/lines.ts";
import { PathGuesser } from "../../src/cli/report/path-guess.ts";

const WOULD = (reason: string): SeenNote => ({
  guard: "g",
  kind: "would-deny",
  reason,
  text: undefined,
  undeclared: undefined,
});
const NOWHERE = [WOULD("validation.operation-undeclared")];

function event(more: Partial<SeenEvent>): SeenEvent {
  return {
    timestamp: "2026-11-26T08:00:00.000Z",
    requestId: "1",
    method: "GET",
    path: "/",
    status: 200,
    operation: undefined,
    client: "ann",
    address: "192.0.2.1",
    reason: undefined,
    notes: [],
    ...more,
  };
}

/** Letters only: no number among them that would be taken for an id. */
function word(index: number): string {
  return index.toString(26).replaceAll(/\d/g, (digit) => "qrstuvwxyz"[Number(digit)] as string);
}

const findings = () => new Findings(new PathGuesser());

describe("a report keeps to its bounds", () => {
  it("in clients of one row", () => {
    const kept = findings();
    for (let i = 0; i < CLIENTS_MAX + 10; i += 1)
      kept.add(event({ operation: "a", client: `c${i}`, notes: [WOULD("x")] }));
    const [row] = kept.rows.values();
    expect(row).toMatchObject({ count: CLIENTS_MAX + 10, others: 10 });
    expect(row?.clients.size).toBe(CLIENTS_MAX);
    expect(row?.clientsInWords).toBe("500 or more");
    expect([...kept.room.reached]).toEqual(["more than 500 clients in one row: further ones are counted together"]);
  });

  it("in clients of all rows", () => {
    const kept = findings();
    const rows = CLIENTS_TOTAL_MAX / CLIENTS_MAX + 1;
    for (let row = 0; row < rows; row += 1) {
      for (let i = 0; i < CLIENTS_MAX; i += 1)
        kept.add(event({ operation: `o${row}`, client: `c${i}`, notes: [WOULD("x")] }));
    }
    let clients = 0;
    for (const row of kept.rows.values()) clients += row.clients.size;
    expect(clients).toBe(CLIENTS_TOTAL_MAX);
    expect([...kept.room.reached]).toEqual(["more than 200000 clients: further ones are counted together"]);
  });

  it("in operations and reasons", () => {
    const kept = findings();
    for (let i = 0; i < ROWS_MAX + 10; i += 1) kept.add(event({ operation: `o${i}`, notes: [WOULD("x")] }));
    expect(kept.rows.size).toBe(ROWS_MAX + 1);
    expect([...kept.rows.values()].at(-1)).toMatchObject({ operation: "(others)", count: 10 });
  });

  it("in endpoints; a scanner's never take the place of those that the API has", () => {
    const kept = findings();
    for (let i = 0; i < ENDPOINTS_MAX + 10; i += 1)
      kept.add(event({ path: `/${word(i)}`, status: 404, notes: NOWHERE }));
    expect([kept.found.size, kept.notFound.size]).toEqual([0, ENDPOINTS_MAX]);
    kept.add(event({ path: "/real", notes: NOWHERE }));
    kept.add(event({ path: `/${word(3)}`, notes: NOWHERE }));
    expect([...kept.found.keys()]).toEqual(["GET /real", `GET /${word(3)}`]);
    expect(kept.found.get(`GET /${word(3)}`)?.statuses).toEqual(
      new Map([
        [404, 1],
        [200, 1],
      ]),
    );
    expect(kept.notFound.size).toBe(ENDPOINTS_MAX - 1);
    expect([...kept.room.reached].join()).toContain("endpoints that are not declared");
  });

  it("in names", () => {
    const kept = findings();
    for (let i = 0; i < NAMES_TOTAL_MAX; i += 1) {
      const undeclared = { in: "query", names: [{ at: `n${i}`, type: "string" }] } as const;
      kept.add(event({ operation: "a", notes: [{ ...WOULD("x"), kind: "noticed", undeclared }] }));
    }
    const names = [...kept.used.values()].flatMap(({ slots }) => [...slots.values()].map((slot) => slot.names.size));
    // One is the operation's, one the query's.
    expect(names).toEqual([NAMES_TOTAL_MAX - 2]);
    expect([...kept.room.reached].join()).toContain("undeclared names");
  });

  it("in what a line may hold", async () => {
    const chunk = Buffer.alloc(64 * 1024, "x");
    async function* endless(chunks = 1_500): AsyncGenerator<Buffer> {
      for (let i = 0; i < chunks; i += 1) yield chunk;
      yield Buffer.from("\nshort\n");
    }
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const batches = [];
    for await (const batch of lineBatches(unpacked(endless()))) {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      batches.push(batch);
    }
    expect(batches).toEqual([{ lines: ["short"], skipped: 1 }]);
    expect(most).toBeLessThan(16e6);
    // What goes on without a line's end is no record, and not read on.
    const givenUp = (async () => {
      for await (const batch of lineBatches(unpacked(endless(4_000)))) batches.push(batch);
    })();
    await expect(givenUp).rejects.toMatchObject({ code: "EFBIG" });
    expect(batches).toHaveLength(1);
  });
});
