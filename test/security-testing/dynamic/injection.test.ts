// Guards the attacks on values: each is proven at a few lines that have the flaw, and not at the same lines mended.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { injection } from "../../../src/security-testing/dynamic/probes/injection.ts";
import { probed, tiny } from "./tiny.ts";
import type { Routes } from "./tiny-api.ts";

const run = promisify(execFile);

/** An operation with one text in its query. */
const document = (schema = "{ type: string, maxLength: 2000, example: tea }", answer = "application/json") => `paths:
  /things:
    get:
      operationId: find
      parameters: [{ name: q, in: query, required: true, schema: ${schema} }]
      responses: { "200": { description: ok, content: { ${answer}: {} } } }
`;

const body = (schema: string) => `paths:
  /things:
    post:
      operationId: find
      requestBody: { required: true, content: { application/json: { schema: { type: object, properties: { q: ${schema} }, example: { q: tea } } } } }
      responses: { "200": { description: ok, content: { application/json: {} } } }
`;

const shelf = new DatabaseSync(":memory:");
shelf.exec("CREATE TABLE things (name TEXT); INSERT INTO things VALUES ('tea'), ('cup'), ('pot')");

interface Flaw {
  readonly rule: string;
  readonly how?: string;
  readonly document?: string;
  readonly flawed: Routes[string];
  readonly mended: Routes[string];
}

const text = (answer: string, type = "text/html") => ({ headers: { "Content-Type": type }, body: answer });
const escaped = (value: string) => value.replaceAll(/[&<>"']/g, (letter) => `&#${letter.codePointAt(0) ?? 0};`);
const q = ({ query }: { readonly query: URLSearchParams }) => query.get("q") ?? "";

/** A database that knows one function. */
async function waiting(value: string): Promise<void> {
  const seconds = /pg_sleep\(([\d.]+)\)/.exec(value)?.[1];
  if (seconds !== undefined) await sleep(Number(seconds) * 1000);
}

const FLAWS: readonly Flaw[] = [
  {
    rule: "injection-sql",
    how: "that conditions answer",
    flawed: (asked) => {
      try {
        return { body: shelf.prepare(`SELECT name FROM things WHERE name = '${q(asked)}'`).all() };
      } catch {
        return { status: 400, body: {} };
      }
    },
    mended: (asked) => ({ body: shelf.prepare("SELECT name FROM things WHERE name = ?").all(q(asked)) }),
  },
  {
    rule: "injection-sql",
    how: "that shows in a message",
    flawed: (asked) => {
      try {
        shelf.prepare(`SELECT count(*) FROM things WHERE name = '${q(asked)}'`).all();
        return { body: {} };
      } catch (error) {
        return { status: 500, body: { error: `SQLITE_ERROR: ${(error as Error).message}` } };
      }
    },
    mended: () => ({ body: {} }),
  },
  {
    rule: "injection-sql",
    how: "that waits",
    flawed: async (asked) => {
      await waiting(q(asked));
      return (q(asked).match(/'/g) ?? []).length % 2 === 0 ? { body: {} } : { status: 500, body: {} };
    },
    mended: () => ({ status: 500, body: {} }),
  },
  ...["SELECT name FROM things ORDER BY", "SELECT name FROM things LIMIT"].map((statement): Flaw => ({
    rule: "injection-sql",
    how: `that is no text: ${statement}`,
    flawed: (asked) => {
      try {
        return { body: shelf.prepare(`${statement} ${q(asked)}`).all() };
      } catch {
        return { status: 500, body: {} };
      }
    },
    mended: (asked) =>
      q(asked) === "name"
        ? { body: shelf.prepare("SELECT name FROM things ORDER BY name").all() }
        : { status: 500, body: {} },
  })),
  {
    rule: "injection-nosql",
    document: body("{ example: tea }"),
    flawed: ({ json }) => {
      const wanted = json.q;
      const isOne = (name: string) =>
        typeof wanted === "object"
          ? wanted.$ne === undefined
            ? name === wanted.$eq
            : name !== wanted.$ne
          : name === wanted;
      return { body: ["tea", "cup"].filter(isOne) };
    },
    mended: ({ json }) => ({ body: ["tea", "cup"].filter((name) => name === json.q) }),
  },
  {
    rule: "injection-command",
    how: "that is echoed",
    flawed: async (asked) => {
      const { stdout } = await run("/bin/sh", ["-c", `echo ${q(asked)}`], { env: {} }).catch(() => ({ stdout: "" }));
      return text(stdout, "text/plain");
    },
    mended: async (asked) => text((await run("/bin/echo", [q(asked)])).stdout, "text/plain"),
  },
  {
    rule: "injection-command",
    how: "that sleeps",
    flawed: async (asked) => {
      await run("/bin/sh", ["-c", `echo ${q(asked)} > /dev/null`]).catch(() => undefined);
      return { body: {} };
    },
    mended: () => ({ body: {} }),
  },
  {
    rule: "path-traversal",
    flawed: (asked) => {
      try {
        return text(readFileSync(path.join(import.meta.dirname, q(asked)), "utf8"), "text/plain");
      } catch {
        return { status: 404, body: {} };
      }
    },
    mended: (asked) => ({ status: 404, body: { error: `no ${path.basename(q(asked))}` } }),
  },
  {
    rule: "injection-header",
    flawed: (asked, response) => {
      response.socket?.end(
        `HTTP/1.1 200 OK\r\nX-Asked: ${q(asked)}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
        "latin1",
      );
      return undefined;
    },
    mended: (asked) => ({ headers: { "X-Asked": encodeURIComponent(q(asked)) } }),
  },
  {
    rule: "redirect-open",
    flawed: (asked) => ({ status: 302, headers: { Location: encodeURI(q(asked)) } }),
    mended: (asked) => ({ status: 302, headers: { Location: `/${encodeURIComponent(q(asked))}` } }),
  },
  {
    rule: "redirect-open",
    how: "that looks at how it begins",
    flawed: (asked) =>
      /^\/|^tea$/.test(q(asked))
        ? { status: 302, headers: { Location: encodeURI(q(asked)) } }
        : { status: 400, body: {} },
    mended: (asked) =>
      /^(?:\/\w+|tea)$/.test(q(asked)) ? { status: 302, headers: { Location: q(asked) } } : { status: 400, body: {} },
  },
  {
    rule: "server-request",
    document: document("{ type: string, format: uri, example: 'https://images.example.com/a.png' }"),
    flawed: async (asked) => {
      await fetch(q(asked)).catch(() => undefined);
      return { body: {} };
    },
    mended: (asked) => (q(asked).startsWith("https://images.example.com/") ? { body: {} } : { status: 422, body: {} }),
  },
  {
    rule: "injection-template",
    flawed: (asked) => {
      const fill = (_mark: string, inside: string) => String(runInNewContext(inside, {}));
      return { body: { text: q(asked).replaceAll(/\{\{([^{}]*)\}\}/g, fill) } };
    },
    mended: (asked) => ({ body: { text: q(asked).replaceAll("{{name}}", "Ann") } }),
  },
  {
    rule: "injection-html",
    how: "as markup",
    document: document(undefined, "text/html"),
    flawed: (asked) => text(`<h1>${q(asked)}</h1>`),
    mended: (asked) => text(`<h1>${escaped(q(asked))}</h1>`),
  },
  {
    rule: "injection-html",
    how: "in an attribute",
    document: document(undefined, "text/html"),
    flawed: (asked) => text(`<input value="${q(asked).replaceAll("<", "&lt;")}">`),
    mended: (asked) => text(`<input value="${escaped(q(asked))}">`),
  },
  {
    rule: "injection-html",
    how: "but not in JSON",
    flawed: (asked) => text(`<h1>${q(asked)}</h1>`),
    mended: (asked) => text(JSON.stringify({ asked: q(asked) }), "application/json"),
  },
  {
    rule: "pattern-catastrophic",
    flawed: (asked) => ({ body: { valid: /^[\w.]+[\w.]+[\w.]+@/.test(q(asked)) } }), // oxlint-disable-line no-super-linear-backtracking -- it is the flaw
    mended: (asked) => ({ body: { valid: q(asked).includes("@") } }),
  },
  {
    rule: "pattern-catastrophic",
    how: "of exponential time",
    flawed: (asked) => ({ body: { valid: /^(\w+)+$/.test(q(asked)) } }), // oxlint-disable-line no-super-linear-backtracking -- it is the flaw
    mended: async (asked) => {
      // Slow, and as slow for whatever comes.
      await sleep(50);
      return { body: { valid: q(asked).length > 0 } };
    },
  },
  {
    rule: "pattern-catastrophic",
    how: "of capitals and digits",
    flawed: (asked) => ({ body: { valid: /^([A-Z0-9]+-?)+$/.test(q(asked)) } }), // oxlint-disable-line no-super-linear-backtracking -- it is the flaw
    mended: (asked) => ({ body: { valid: /^[A-Z0-9-]+$/.test(q(asked)) } }),
  },
  {
    rule: "pattern-catastrophic",
    how: "that the document declares and the API runs",
    document: document("{ type: string, pattern: '^([a-z]+ ?)*$', maxLength: 200, example: green tea }"),
    flawed: (asked) => (/^([a-z]+ ?)*$/.test(q(asked)) ? { body: {} } : { status: 400 }), // oxlint-disable-line no-super-linear-backtracking -- it is the flaw
    mended: (asked) => (/^[a-z ]*$/.test(q(asked)) ? { body: {} } : { status: 400 }),
  },
];

async function rules(flaw: Flaw, route: Routes[string], layer: "gate" | "upstream" = "upstream"): Promise<string[]> {
  const written = flaw.document ?? document();
  const key = written.includes("post:") ? "POST /things" : "GET /things";
  const { findings } = await probed(injection, await tiny({ document: written, api: { [key]: route }, layer }));
  return findings.map(({ rule, parameter }) => `${rule.slice("dynamic.".length)} ${parameter ?? ""}`);
}

describe("an attack on a value", () => {
  const named = FLAWS.map((flaw) => [`${flaw.rule} ${flaw.how ?? ""}`.trim(), flaw] as const);

  it.each(named)("proves %s, and nothing where it is mended", async (_name, flaw) => {
    const place = flaw.document?.includes("post:") === true ? "body /q" : "query q";
    expect(await rules(flaw, flaw.flawed)).toContain(`${flaw.rule} ${place}`);
    expect(await rules(flaw, flaw.mended)).toEqual([]);
  });

  it("does not get past a gate where the schema leaves it no room", async () => {
    const [flaw] = FLAWS as readonly [Flaw];
    const narrow = { ...flaw, document: document("{ type: string, pattern: '^[a-z]{1,9}$', example: tea }") };
    expect(await rules(narrow, flaw.flawed)).toEqual(["injection-sql query q"]);
    expect(await rules(narrow, flaw.flawed, "gate")).toEqual([]);
    expect(await rules(flaw, flaw.flawed, "gate")).toEqual(["injection-sql query q"]);
  });
});
