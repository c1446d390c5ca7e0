// Attacks I15 over the gateway and in Express: each first done to careless code, then refused by the schema, by the detection, or noted.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startUpstream, type Upstream } from "../gateway/harness.ts";
import { answering, PLACES, seen, unguarded } from "./answering.ts";
import { body, careless, type Careless, protectedBy, query } from "./injecting.ts";
import * as naive from "./naive-interpreters.ts";
import { SECRET } from "./naive-interpreters.ts";

interface Case {
  readonly name: string;
  readonly run: Careless;
  readonly attacks: () => readonly string[];
  /** In an answer that shows that the attack worked. */
  readonly works: RegExp;
  readonly twins: readonly string[];
  /** The schema that leaves no room for it. */
  readonly schema: string;
}

const folder = mkdtempSync(path.join(tmpdir(), "portcullis-injection-"));
let inner: Upstream;

beforeAll(async () => {
  mkdirSync(path.join(folder, "public"));
  writeFileSync(path.join(folder, "public", "a.txt"), "public");
  writeFileSync(path.join(folder, "secret.txt"), SECRET);
  inner = await startUpstream((_request, response) => void response.end(SECRET));
});
afterAll(async () => {
  await inner.close();
  rmSync(folder, { recursive: true });
});

const WORDS = '{ type: string, pattern: "^[A-Za-z0-9 ]{0,40}$" }';
const NAMES = ["ann", "O'Brien", "N'Golo Kanté & sons; since 1990"];

const CASES: readonly Case[] = [
  {
    name: "sql",
    run: naive.sql,
    attacks: () => ["' or '1'='1", "' UNION SELECT note FROM users -- ", "x'/**/or/**/1=1--"],
    works: /hunter2/,
    twins: NAMES,
    schema: WORDS,
  },
  {
    name: "shell",
    run: naive.shell,
    attacks: () => ["x; printenv", "$(printenv)", "x | env", ";pr''intenv"],
    works: /hunter2/,
    twins: ["ann", "tea and coffee"],
    schema: WORDS,
  },
  {
    name: "template",
    run: naive.template,
    attacks: () => ["{{7*7*7*7*7}}", "{{name.constructor.constructor('return process')().version}}"],
    works: /16807|v\d+\.\d/,
    twins: ["ann", "{{name}}", "100 {percent}"],
    schema: WORDS,
  },
  {
    name: "ldap",
    run: naive.ldap,
    attacks: () => ["*)(name=*))(|(name=*", "root)(|(note=*)", "root))%00"],
    works: /hunter2/,
    twins: ["ann", "f(x)", "a & b (c)"],
    schema: WORDS,
  },
  {
    name: "xpath",
    run: naive.xpath,
    attacks: () => ["' or '1'='1", "x' or name='root"],
    works: /hunter2/,
    twins: NAMES,
    schema: WORDS,
  },
  {
    name: "line-break",
    run: naive.lineBreak,
    attacks: () => ["en\r\nSet-Cookie: session=hunter2", "de\r\nLocation: http://hunter2.example/"],
    works: /hunter2/,
    twins: ["en", "two\nlines"],
    schema: "{ enum: [en, de] }",
  },
  {
    name: "path",
    run: naive.file(folder),
    attacks: () => ["../secret.txt", "..//secret.txt", "../public/../secret.txt"],
    works: /hunter2/,
    twins: ["a.txt", "b..c.txt"],
    schema: '{ type: string, pattern: "^[a-z]+\\\\.txt$" }',
  },
  {
    name: "html",
    run: naive.html,
    attacks: () => ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>"],
    works: /<(?:script|img|svg)/,
    twins: ["a < b and b > c", "<b>bold</b>", "List<String>"],
    schema: WORDS,
  },
  {
    name: "server-request",
    run: naive.serverRequest,
    attacks: () => [
      inner.origin,
      inner.origin.replace("127.0.0.1", "localhost"),
      inner.origin.replace("127.0.0.1", "0x7f000001"),
    ],
    works: /hunter2/,
    twins: ["https://example.invalid/a?b=c"],
    schema: '{ enum: ["https://example.invalid/"] }',
  },
];

describe.each(CASES)("I15 $name", ({ name, run, attacks, works, twins, schema }) => {
  it(`I15 ${name}: the attacks work on careless code`, async () => {
    const worked: boolean[] = [];
    for (const text of attacks()) {
      const answer = await unguarded(careless(run), ...query("free", text));
      worked.push(works.test(seen(answer)));
    }
    // Of the ways around a filter, some need another interpreter than this one.
    expect(worked[0]).toBe(true);
    expect(worked.filter(Boolean).length).toBeGreaterThanOrEqual(Math.min(2, attacks().length));
  });

  describe.each(PLACES)("in %s", (place) => {
    it(`I15 ${name}: a schema that leaves no room refuses, and nothing reaches the API`, async () => {
      const got: string[] = [];
      const { ask, nth } = await answering(place, careless(run, got), protectedBy(schema));
      let count = 0;
      for (const text of attacks()) {
        for (const asked of [query("narrow", text), body("narrow", text)]) {
          expect((await ask(...asked)).status).toBe(400);
          count += 1;
          expect((await nth(count)).denial?.reason).toBe("validation.request-invalid");
        }
      }
      expect(got).toEqual([]);
    });

    it(`I15 ${name}: in free text it is refused, without the text, and nothing reaches the API`, async () => {
      const got: string[] = [];
      const { ask, nth } = await answering(place, careless(run, got), protectedBy(schema));
      let count = 0;
      for (const text of attacks()) {
        for (const [asked, at] of [
          [query("free", text), "q"],
          [body("free", text), "/q"],
        ] as const) {
          const answer = await ask(...asked);
          expect(answer.status).toBe(400);
          expect(JSON.parse(answer.body)).toMatchObject({
            reason: "validation.injection-detected",
            errors: [{ at, message: /^q looks like / }].map(({ at }) => ({ at })),
          });
          expect(answer.body).not.toContain(JSON.stringify(text).slice(1, -1));
          count += 1;
          expect(await nth(count)).toMatchObject({ deniedBy: "validation.injection" });
        }
      }
      expect(got).toEqual([]);
    });

    it(`I15 ${name}: by default it is noted, with off it is not; harmless twins pass both unnoted`, async () => {
      const got: string[] = [];
      // What careless code makes of it was shown above.
      const { ask, nth } = await answering(
        place,
        careless(() => "ok", got),
        protectedBy(schema),
      );
      const [attack = ""] = attacks();
      await ask(...query("noted", attack));
      expect((await nth(1)).notes).toMatchObject([
        { guard: "validation.injection", kind: "would-deny", denial: { reason: "validation.injection-detected" } },
      ]);
      await ask(...body("noted", attack));
      expect((await nth(2)).notes).toMatchObject([{ guard: "validation.injection", kind: "would-deny" }]);
      await ask(...query("off", attack));
      await ask(...body("off", attack));
      let count = 4;
      for (const twin of twins) {
        for (const asked of [query("free", twin), body("free", twin)]) {
          expect(await ask(...asked)).toMatchObject({ status: 200, body: "ok" });
          count += 1;
        }
      }
      for (let i = 3; i <= count; i += 1) expect((await nth(i)).notes).toEqual([]);
      expect(got).toEqual([attack, attack, attack, attack, ...twins.flatMap((twin) => [twin, twin])]);
    });
  });
});
