// One suite, unchanged, against the gateway over each protocol and against Express; their answers are compared.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Answer } from "./asking.ts";
import type { ConformanceCase } from "./case.ts";
import { CASES } from "./cases.ts";
import {
  type Contender,
  http2Gateway,
  inExpress,
  type Issuing,
  plainGateway,
  startIssuing,
  tlsGateway,
} from "./contenders.ts";
import { comparable, mismatches, send } from "./verdict.ts";

let issuing: Issuing;
const contenders = new Map<string, Contender>();
const answers = new Map<ConformanceCase, Map<string, Answer>>();

const STARTS = { plain: plainGateway, TLS: tlsGateway, "HTTP/2": http2Gateway, Express: inExpress };
const NAMES = Object.keys(STARTS) as (keyof typeof STARTS)[];

beforeAll(async () => {
  issuing = await startIssuing();
  await Promise.all(NAMES.map(async (name) => contenders.set(name, await STARTS[name](issuing))));
});

afterAll(async () => {
  await Promise.all([...contenders.values()].map((contender) => contender.close()));
  await issuing.close();
});

async function answerOf(name: string, one: ConformanceCase): Promise<Answer> {
  const known = answers.get(one) ?? new Map<string, Answer>();
  answers.set(one, known);
  const answer = known.get(name) ?? (await send(contenders.get(name) as Contender, one, issuing));
  known.set(name, answer);
  return answer;
}

describe.each(NAMES)("%s", (name) => {
  it.each(CASES)("$name: $status", async (one) => {
    expect(mismatches(one, await answerOf(name, one))).toEqual([]);
  });

  it("says Strict-Transport-Security only where the gate itself speaks TLS (RFC 6797 7.2)", async () => {
    const { headers } = await answerOf(name, CASES[0] as ConformanceCase);
    const expected = (contenders.get(name) as Contender).saysHsts
      ? "max-age=63072000; includeSubDomains; preload"
      : undefined;
    expect(headers["strict-transport-security"]).toBe(expected);
  });
});

describe("the same answer everywhere, but for Strict-Transport-Security", () => {
  it.each(CASES)("$name", async (one) => {
    const plain = comparable(withoutHsts(await answerOf("plain", one)));
    for (const name of NAMES) {
      const other = comparable(withoutHsts(await answerOf(name, one)));
      expect({ name, ...other }).toEqual({ name, ...plain });
    }
  });
});

function withoutHsts(answer: Answer): Answer {
  const { "strict-transport-security": _, ...headers } = answer.headers;
  return { ...answer, headers };
}
