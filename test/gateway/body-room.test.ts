// Guards what all bodies that are held back take together: many that never end leave the rest of the memory alone.
import { request } from "node:http";
import { expect, it, onTestFinished } from "vitest";
import { CONTINUE } from "../../src/core/outcome.ts";
import { BodyRoom } from "../../src/node/body-room.ts";
import { LIMITS } from "../../src/transport/limits.ts";
import { hello, keep, startOver } from "./harness.ts";

const KIB = 1024;
const JUDGED = {
  body: [{ practice: "validation", name: "validation.body", mode: "enforce", check: () => CONTINUE }] as const,
  bodyBytesMax: 200 * KIB,
};

it("gives back what an exchange had, once", () => {
  const room = new BodyRoom(100);
  const [one, two, three] = [room.lease(), room.lease(), room.lease()];
  expect([one.take(60), two.take(40), three.take(1)]).toEqual([true, true, false]);
  one.end();
  one.end();
  expect([three.take(60), three.take(1), one.take(1)]).toEqual([true, false, false]);
});

it("lets a body that is alone be larger than all together may be", () => {
  const lease = new BodyRoom(100).lease();
  expect([lease.take(90), lease.take(90)]).toEqual([true, true]);
});

it("F20 bodies that never end fill their room and no more; others are told, and it is theirs when those have gone", async () => {
  const upstream = keep(await hello());
  const limits = { ...LIMITS, heldBodyBytesMax: 256 * KIB, lingerMs: 50 };
  const { gateway, recorder } = keep(await startOver(upstream.origin, JUDGED, { limits }));
  const post = (bytes: number, length: number) => {
    const sent = request(gateway.url, { method: "POST", headers: { "content-length": length }, agent: false });
    sent.on("error", () => undefined);
    sent.write(Buffer.alloc(bytes));
    onTestFinished(() => void sent.destroy());
    return sent;
  };
  const status = async (bytes: number) => {
    const answer = await fetch(gateway.url, { method: "POST", body: Buffer.alloc(bytes) });
    await answer.arrayBuffer();
    return answer.status;
  };
  expect(await status(150 * KIB)).toBe(200);
  const stalled = [post(150 * KIB, 180 * KIB), post(100 * KIB, 180 * KIB)];
  await expect.poll(() => status(60 * KIB)).toBe(503);
  expect(recorder.exchanges.at(-1)?.denial?.reason).toBe("transport.bodies-held");
  expect(upstream.seen).toHaveLength(
    1 + recorder.exchanges.filter(({ answerStatus }) => answerStatus === 200).length - 1,
  );
  const ended = recorder.nth(recorder.exchanges.length + 2);
  for (const one of stalled) one.destroy();
  await ended;
  expect(await status(150 * KIB)).toBe(200);
});
