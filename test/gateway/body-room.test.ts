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
  const limits = { ...LIMITS, heldBodyBytesMax: 256 * KIB, pressedPauseMs: 600_000, lingerMs: 50 };
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

/** How an upload was answered of which so many bytes come. */
function upload(url: string, bytes: number, length: number, localAddress: string): Promise<number> {
  const sent = request(url, { method: "POST", headers: { "content-length": length }, agent: false, localAddress });
  onTestFinished(() => void sent.destroy());
  const answered = new Promise<number>((resolve) => {
    sent.on("error", () => resolve(0));
    sent.on("response", (answer) => resolve(answer.resume().statusCode ?? 0));
  });
  sent.write(Buffer.alloc(bytes));
  return answered;
}

it.each([
  ["those that stall are told so, and give way", 100, "127.0.0.1", 408, "transport.body-too-slow"],
  [
    "the bodies of one client give way to another's, however fast they come",
    600_000,
    "127.0.0.2",
    503,
    "transport.bodies-held",
  ],
])("F20 %s", async (_name, pressedPauseMs, newcomer, told, reason) => {
  const upstream = keep(await hello());
  const limits = { ...LIMITS, heldBodyBytesMax: 256 * KIB, pressedPauseMs, slowLookMs: 20, lingerMs: 50 };
  const { gateway, recorder } = keep(await startOver(upstream.origin, JUDGED, { limits }));
  const unended = Promise.race([1, 2].map(() => upload(gateway.url, 120 * KIB, 190 * KIB, "127.0.0.1")));
  // Asked again until they are there, and were found to stall.
  await expect
    .poll(async () => {
      const status = await upload(gateway.url, 100 * KIB, 100 * KIB, newcomer);
      return [status, recorder.exchanges.some(({ denial }) => denial?.reason === reason)];
    })
    .toEqual([200, true]);
  expect(await unended).toBe(told);
});
