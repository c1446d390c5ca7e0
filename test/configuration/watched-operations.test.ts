// Rules and allowances that ask for an operation that there is not: a slip would make a rule that never fires.
import { describe, expect, it } from "vitest";
import { RULE } from "../monitoring/detection/rule-text.ts";
import { composed, OAUTH } from "./composing.ts";

const rule = (asked: string): string => `${RULE}---
name: sel
logsource: { product: portcullis, service: audit }
detection:
  selection:
    event.outcome: success
    ${asked}
  condition: selection
`;

const notices = async (text: string, asked: string): Promise<string[]> => {
  const composition = await composed(OAUTH + text, { files: { "rules/mine.yaml": rule(asked) } });
  await composition.close();
  return composition.notices
    .filter((one) => one.rule === "configuration.detection-operation")
    .map(
      ({ severity, position, message, remedy }) =>
        `${severity} ${position?.file}:${position?.line}:${position?.column} ${message} | ${remedy}`,
    );
};
const OWN = "monitoring: { detections: { folder: rules } }";

describe("a rule that asks for an operation", () => {
  it.each(["getOrder", "GETORDER", "[getOrder, 'get*', health]", "null"])("nothing is said: %s", async (asked) => {
    expect(await notices(OWN, `portcullis.operation.id: ${asked}`)).toEqual([]);
  });

  it.each([
    ["portcullis.operation.id: getOrdr", "19:5 no operation has the id getOrdr", 'Did you mean "getOrder"?'],
    ["portcullis.operation.id: [health, refund*]", "19:39 no operation has the id refund*", "Known here: "],
    ["portcullis.operation.id|endswith: Ordr", "19:5 no operation has the id Ordr", "Known here: "],
  ])("%s", async (asked, said, remedy) => {
    const told = await notices(OWN, asked);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(
      `warning rules/mine.yaml:${said}, which mine asks for: no event matches that | ${remedy}`,
    );
  });

  it("is not judged where it is off", async () => {
    const off = "monitoring: { detections: { folder: rules, rules: { mine: { mode: off } } } }";
    expect(await notices(off, "portcullis.operation.id: getOrdr")).toEqual([]);
  });
});

it("an allowance is judged alike, in the configuration", async () => {
  const allow = "{ when: { portcullis.operation.id: helth }, until: 2099-01-01, why: w }";
  const told = await notices(`${OWN.slice(0, -3)}, rules: { scanning: { allow: [${allow}] } } } }`, "user.id: ann");
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(
    /^warning portcullis\.yaml:4:\d+ no operation has the id helth, which scanning asks for.*"health"/,
  );
});
