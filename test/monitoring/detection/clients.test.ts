// Callers that are no people: API keys, and tokens without a user. Rules about callers see them, and what they respond with strikes them.
import { describe, expect, it } from "vitest";
import { newSanction, sanctionsOf } from "../../../src/configuration/sanctions/sanction-file.ts";
import { targetOf } from "../../../src/configuration/sanctions/sanction-target.ts";
import { shippedDetections } from "../../../src/configuration/resolve/detections.ts";
import { ANONYMOUS, type Principal } from "../../../src/core/principal.ts";
import { classify } from "../../../src/monitoring/classification.ts";
import { type Detection, Detector, type ResponseMeasure, storedObservation } from "../../../src/monitoring/index.ts";
import { Sanctions } from "../../../src/rate-limiting/index.ts";
import { asked, watching } from "./watching.ts";

const KEY: Principal = { ...ANONYMOUS, kind: "client", scheme: "key", method: "api-key", client: "0123456789" };
const CALLERS: readonly (readonly [what: string, caller: Principal])[] = [
  ["an API key", KEY],
  ["a token without a user", { ...KEY, method: "bearer", issuer: "https://i.example/", client: "batch", tokenId: "t" }],
];
const BAN: ResponseMeasure = { what: "ban", of: "subject", forMs: 60_000 };

const enumerating = (principal: Principal, i: number) =>
  Object.assign(asked({ atMs: i * 1_000, path: `/orders/${i}`, status: 404, address: `192.0.2.${i}` }), { principal });

describe.each(CALLERS)("%s", (_what, caller) => {
  it("that enumerates objects is seen, as it happens and in the stored events", async () => {
    const { recorder, alerts, sink } = await watching();
    for (let i = 0; i < 15; i += 1) recorder.exchange(enumerating(caller, i));
    expect(alerts().map(({ event, user }) => [event.code, user?.id])).toEqual([
      ["detection.object-enumeration", caller.client],
    ]);
    const replayed: string[] = [];
    const detector = new Detector({ watched: await shippedDetections(), text: "replay" });
    detector.listen(({ rule }) => replayed.push(rule.name));
    for (const line of sink.lines) {
      const event = storedObservation(JSON.parse(line) as Record<string, unknown>);
      if (event !== undefined && event !== "unwatched") detector.observe(event);
    }
    expect(replayed).toEqual(["object-enumeration"]);
  });

  it("is struck by a ban of subjects, and nobody else is", async () => {
    const watched = (await shippedDetections()).map((one) => ({ ...one, respond: [BAN] }));
    const detector = new Detector({ watched, text: "respond" });
    const sanctions = new Sanctions();
    detector.respondBy((detection: Detection, [measure]) => {
      const target = targetOf(measure as ResponseMeasure, detection.last);
      if (target === undefined || detection.rule.name !== "object-enumeration") return;
      for (const one of sanctionsOf(newSanction(BAN, target, "r", 0), undefined)) sanctions.add(one);
    });
    for (let i = 0; i < 15; i += 1) {
      const exchange = enumerating(caller, i);
      detector.exchange(exchange, classify(exchange), 1_000);
    }
    expect(sanctions.ofCaller(caller)?.ban).toBeDefined();
    expect(sanctions.ofCaller({ ...caller, client: "another" })).toBeUndefined();
    expect(sanctions.ofCaller({ ...caller, kind: "user", issuer: "https://other.example/" })).toBeUndefined();
    expect(sanctions.ofCaller(ANONYMOUS)).toBeUndefined();
  });
});
