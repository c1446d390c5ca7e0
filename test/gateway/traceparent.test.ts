// Whose trace a request belongs to, at a gateway: of two words none is believed (W3C conformance suite, test_traceparent_duplicated).
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { expect, it } from "vitest";
import { keep, startOver, startUpstream } from "./harness.ts";

const parent = (digit: string) => `00-${digit.repeat(32)}-b7ad6b7169203331-01`;

/** What reaches the API, of these lines. */
async function forwarded(lines: Record<string, string | string[]>): Promise<Record<string, unknown>> {
  const upstream = keep(
    await startUpstream(({ headers: { traceparent, tracestate } }, response) =>
      response.end(JSON.stringify({ traceparent, tracestate })),
    ),
  );
  const { gateway } = keep(await startOver(upstream.origin));
  const asked = request(gateway.url, { headers: lines, agent: false }).end();
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  const text = Buffer.concat(await answer.toArray()).toString();
  return JSON.parse(text) as Record<string, unknown>;
}

it("one is continued, with its state", async () => {
  expect(await forwarded({ traceparent: parent("1"), tracestate: "a=b" })).toEqual({
    traceparent: expect.stringMatching(/^00-1{32}-(?!b7ad6b7169203331)[0-9a-f]{16}-01$/),
    tracestate: "a=b",
  });
});

it.each([
  ["two of one trace", [parent("1"), parent("1")]],
  ["two of two traces", [parent("1"), parent("2")]],
  ["one that is none, and one", ["none", parent("2")]],
])("%s are none: another trace begins, without a state", async (_, traceparent) => {
  const { traceparent: sent, tracestate } = await forwarded({ traceparent, tracestate: "a=b" });
  expect(sent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-3]$/);
  expect(sent).not.toMatch(/1{32}|2{32}/);
  expect(tracestate).toBeUndefined();
});
