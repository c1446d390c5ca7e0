// F01 to F04: requests whose end two readers would find in two places are refused, and nothing of them goes on.
import { describe, expect, it } from "vitest";
import { withBench } from "./bench.ts";
import { LENGTH_ATTACKS, post } from "./length-cases.ts";
import { isRefused } from "./refusal.ts";
import { talk } from "./wire.ts";

describe.concurrent("lengths and codings", () => {
  it.for(LENGTH_ATTACKS)("$id $name", (attack) => isRefused(attack));
});

describe.concurrent("what Node's parser refuses behind a head that it handed over", () => {
  it.each(["xchunked", "identity", "chunked;q=1"])("F03 %s is told to the client, as it is recorded", (coding) =>
    withBench(async ({ dial, recorder }) => {
      const said = await talk(dial(), post(`Transfer-Encoding: ${coding}\r\n`));
      expect({ statuses: said.statuses, closed: said.closed }).toEqual({ statuses: [400], closed: true });
      expect(recorder.exchanges.map(({ answerStatus, ended }) => [answerStatus, ended])).toEqual([[400, "complete"]]);
    }),
  );
});
