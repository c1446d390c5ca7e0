// One mailbox by many spellings of its address: whoever has others written to does not get round the limit by them (CWE-799).
import { describe, expect, it } from "vitest";
import { MailLimit } from "../../src/identity/accounts/mail-limit.ts";

const HOUR_MS = 3_600_000;
const time = { ms: Date.now() };
const clock = { nowMs: () => time.ms, monotonicMs: () => time.ms };

/** How many of these mails are sent. */
function sent(limit: MailLimit, addresses: readonly string[]): number {
  return addresses.filter((address) => limit.mayGoTo(address)).length;
}
const numbered = (count: number, of: (i: number) => string) => Array.from({ length: count }, (_, i) => of(i));

describe("P09 mails that anybody may ask for", () => {
  it.each<[string, (i: number) => string]>([
    ["tags", (i) => `ann+${i}@example.com`],
    ["dots", (i) => `${"annabella".slice(0, 1 + (i % 8))}.${"annabella".slice(1 + (i % 8))}+${i}@example.com`],
  ])("by %s one mailbox gets twenty in an hour, and sixty in a day", (_, of) => {
    const limit = new MailLimit(clock);
    // Each spelling alone is within its own bound.
    expect(sent(limit, numbered(100, of))).toBe(20);
    let more = 0;
    for (let hour = 1; hour < 8; hour += 1) {
      time.ms += HOUR_MS + 1;
      more += sent(
        limit,
        numbered(50, (i) => of(1_000 * hour + i)),
      );
    }
    expect(more).toBe(40);
  });

  it("of one address are five in an hour", () => {
    const limit = new MailLimit(clock);
    expect(
      sent(
        limit,
        numbered(20, () => "ann+shop@example.com"),
      ),
    ).toBe(5);
    expect(sent(limit, ["ann@example.com", "ann+other@example.com"])).toBe(2);
  });

  it("reach other mailboxes all the same", () => {
    const limit = new MailLimit(clock);
    sent(
      limit,
      numbered(100, (i) => `ann+${i}@example.com`),
    );
    const others = ["bob@example.com", "ann@example.org", "anna@example.com", "+ann@example.com", "+@example.com"];
    expect(sent(limit, others)).toBe(others.length);
  });
});
