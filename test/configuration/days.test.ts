// Guards days and moments that people write: what the calendar does not have is refused, not taken for a day beside it.
import { describe, expect, it } from "vitest";
import { apiKeySchema } from "../../src/configuration/schema/api-keys.ts";
import { deniedFileSchema } from "../../src/configuration/schema/denied.ts";
import { sanctionFileSchema } from "../../src/configuration/schema/sanctions.ts";
import { dayEndMs, isDay } from "../../src/configuration/days.ts";
import { momentAhead } from "../../src/cli/moments.ts";
import { sinceOf } from "../../src/cli/report/input.ts";
import { load, refusals } from "./loading.ts";

const NEVER = ["2099-02-29", "2099-02-30", "2099-04-31", "2099-11-31", "2099-13-01", "2099-00-10", "2099-01-00"];

describe.each(NEVER)("%s, which no calendar has,", (day) => {
  const moment = `${day}T00:00:00Z`;

  it("is refused as the end of what is expected of a rule", async () => {
    const rule = `rules: { scanning: { allow: [{ when: { client.address: 192.0.2.1 }, until: ${day}, why: ours }] } }`;
    const [said] = await refusals(`openapi: a.yaml\nmonitoring: { detections: { ${rule} } }\n`);
    expect(said).toContain(`${day} is no day | Such as 2027-03-31`);
  });

  it("is refused in keys, in the list of denied tokens and in that of sanctions", () => {
    const key = { id: "0123456789", hash: `sha256:${"a".repeat(43)}`, name: "n" };
    for (const member of ["created", "expires", "revoked"]) {
      expect(apiKeySchema.safeParse({ ...key, [member]: moment }).success).toBe(false);
      expect(apiKeySchema.safeParse({ ...key, [member]: "2096-02-29T23:59:59Z" }).success).toBe(true);
    }
    const denied = (until: string) => deniedFileSchema.safeParse({ denied: [{ issuer: "i", token: "t", until }] });
    expect(denied(moment).success).toBe(false);
    expect(denied("2096-02-29T00:00:00Z").success).toBe(true);
    const ban = { id: "0123456789ab", what: "ban", address: "192.0.2.1", began: "2096-02-29T00:00:00Z", by: "me" };
    const banned = (until: string) => sanctionFileSchema.safeParse({ sanctions: [{ ...ban, until }] });
    expect(banned(moment).success).toBe(false);
    expect(banned("2096-03-01T00:00:00Z").success).toBe(true);
  });

  it("is refused by commands", () => {
    expect(() => momentAhead("--until", day, 0)).toThrow("is no time");
    expect(() => sinceOf(day, 0)).toThrow("is no time");
    expect(() => sinceOf(moment, 0)).toThrow("is no time");
  });
});

it("a day of a leap year is one, and ends at its midnight", async () => {
  expect(isDay("2096-02-29")).toBe(true);
  expect(new Date(dayEndMs("2096-02-29")).toISOString()).toBe("2096-03-01T00:00:00.000Z");
  const rule =
    "rules: { scanning: { allow: [{ when: { client.address: 192.0.2.1 }, until: 2096-02-29, why: ours }] } }";
  const { settings } = await load(`openapi: a.yaml\nmonitoring: { detections: { ${rule} } }\n`);
  const watched = settings.monitoring.detections.watched.find((one) => one.rule.name === "scanning");
  expect(watched?.allowances.map(({ untilMs }) => untilMs)).toEqual([Date.UTC(2096, 2, 1)]);
});
