// Each guard taken out of the compiled gates in turn: the cases that name it must come out differently, or they prove nothing.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compose, offlinePorts } from "../../src/configuration/compose.ts";
import { loadSettings } from "../../src/configuration/load.ts";
import type { ConformanceCase } from "./case.ts";
import { CASES } from "./cases.ts";
import { inExpress, type Issuing, plainGateway, startIssuing } from "./contenders.ts";
import { mismatches, send } from "./verdict.ts";
import { without } from "./without.ts";

let issuing: Issuing;

beforeAll(async () => {
  issuing = await startIssuing();
});

afterAll(() => issuing.close());

const NAMED = [...new Set(CASES.flatMap(({ guard }) => guard ?? []))];

/** Guards that no case can see in an answer, and what proves them instead. */
const UNSEEN: Readonly<Record<string, string>> = {
  "validation.injection":
    "only monitors here: test/attacks/injection.test.ts enforces it, and shows what it is without",
  "transport.cors": "the sample says nothing of pages of other origins: test/attacks/cors.test.ts has APIs that do",
  "validation.responses": "only monitors here: test/adapters/express-answers.test.ts and test/gateway enforce it",
};

it("the cases name every guard of the sample's policy, but those that are listed", async () => {
  const env = { ORDERS_API_URL: "http://127.0.0.1:1", ORDERS_ISSUER_URL: "http://127.0.0.1:1" };
  const loaded = await loadSettings({ file: issuing.file, cwd: process.cwd(), env });
  const composition = await compose(loaded, offlinePorts());
  const { api, plans } = composition;
  const planned = [
    ...api.operations.flatMap(({ id }) => plans.get(id) ?? []),
    ...plans.undeclared("operation"),
    ...plans.undeclared("method"),
  ];
  await composition.close();
  const present = [...new Set(planned.map(({ guard }) => guard))].sort();
  expect([...NAMED, ...Object.keys(UNSEEN)].sort()).toEqual(present);
});

describe.each([
  ["the gateway", plainGateway],
  ["Express", inExpress],
])("in %s", (_where, start) => {
  it.each(NAMED)("without %s its cases come out differently", async (name) => {
    const own = CASES.filter(({ guard }) => guard === name);
    const unchanged: string[] = [];
    for (const second of new Set(own.map(({ secondGuard }) => secondGuard))) {
      const contender = await start(issuing, without(second === undefined ? [name] : [name, second]));
      for (const one of own.filter(({ secondGuard }) => secondGuard === second)) {
        if (mismatches(one, await send(contender, one, issuing)).length === 0) unchanged.push(one.name);
      }
      await contender.close();
    }
    expect(unchanged).toEqual([]);
  });
});

/** Without a proven caller there are no scopes and no subject to count; without limits no field tells of them. */
function buildsOn(one: ConformanceCase, name: string): boolean {
  if (name === "authentication.credentials") return one.token !== undefined;
  return name === "rate-limiting.subject" && one.guard === "rate-limiting.fields";
}

describe("in the gateway, one guard is no other's", () => {
  it.each(NAMED)("without %s the other guards' cases hold", async (name) => {
    const contender = await plainGateway(issuing, without([name]));
    const broken: string[] = [];
    for (const one of CASES) {
      if (one.guard === undefined || one.guard === name || one.after !== undefined) continue;
      if (buildsOn(one, name)) continue;
      broken.push(...mismatches(one, await send(contender, one, issuing)).map((what) => `${one.name}: ${what}`));
    }
    await contender.close();
    expect(broken).toEqual([]);
  });
});
