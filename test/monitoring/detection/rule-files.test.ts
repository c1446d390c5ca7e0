// Files of rules that are wrong: what would silently never fire, or count twice, is told with its line.
import { describe, expect, it } from "vitest";
import { readRules } from "../../../src/configuration/detections/rule-file.ts";
import { Detector } from "../../../src/monitoring/index.ts";
import { RULE } from "./rule-text.ts";
import { asked } from "./watching.ts";
import { classify } from "../../../src/monitoring/classification.ts";

const base = (name: string, selection: string) => `---
name: ${name}
logsource: { product: portcullis, service: audit }
detection: { selection: ${selection}, condition: selection }
`;
const SEL = base("sel", "{ event.action: authn_login_fail }");

const told = (text: string) =>
  readRules("mine.yaml", text).problems.map(({ message, position }) => `${position?.line}: ${message}`);

describe("a file of rules", () => {
  it.each([
    ["nothing is wrong with", RULE + SEL, []],
    [
      "two selections of one name",
      RULE + SEL + base("sel", "{ user.id: ann }"),
      ["18: there are two rules sel in this file"],
    ],
    [
      "a selection that nothing counts",
      RULE + SEL + base("sell", "{ user.id: ann }"),
      ["18: no correlation has the rule sell"],
    ],
    ["a selection that is counted twice", RULE.replace("[sel]", "[sel, sel]") + SEL, ["9: sel stands here twice"]],
    [
      "an action that no event has",
      RULE + base("sel", "{ event.action: [authz_fail, authn_login_fial] }"),
      ["16: no event has authn_login_fial there"],
    ],
    [
      "a reason that there is not",
      RULE + base("sel", "{ event.reason: authentication.nope }"),
      ["16: no event has authentication.nope there"],
    ],
    [
      "an outcome that there is not",
      RULE + base("sel", "{ event.outcome: failed }"),
      ["16: no event has failed there"],
    ],
    [
      "a practice, an end and a kind of caller that there are not",
      RULE +
        base(
          "sel",
          "{ portcullis.practice: authentification, portcullis.ended: done, portcullis.authentication.kind: key }",
        ),
      ["16: no event has authentification there", "16: no event has done there", "16: no event has key there"],
    ],
    [
      "aliases that repeat without end",
      `${RULE}${SEL}---\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c]\n`,
      ["18: its aliases repeat too much"],
    ],
  ])("%s", (_, text, problems) => {
    expect(told(text)).toEqual(problems);
  });

  it("may ask for codes of the gate itself, for wildcards, and in any letter case", () => {
    for (const selection of [
      "{ event.action: [gateway.reloaded, authn_*, API_ACCESS, authn_login_success] }",
      '{ event.reason: "authentication.*" }',
      "{ event.outcome: null, portcullis.practice: [validation, rate-limiting], portcullis.ended: client-left }",
    ]) {
      expect(told(RULE + base("sel", selection))).toEqual([]);
    }
  });
});

describe("a rule that asks for an action", () => {
  const fired = (action: string) => {
    const [rule] = readRules("mine.yaml", RULE + base("sel", `{ event.action: ${action} }`)).rules;
    const detector = new Detector({
      watched: [{ rule: rule as never, mode: "enforce", allowances: [] }],
      text: "mine",
    });
    const seen: string[] = [];
    detector.listen(({ rule: { name } }) => seen.push(name));
    return { detector, seen };
  };

  it.each(["authn_login_fail", "AUTHN_LOGIN_FAIL", "authn_*", "[authz_fail, 'authn_login_fai?']"])(
    "fires: %s",
    (action) => {
      const { detector, seen } = fired(action);
      for (let i = 0; i < 2; i += 1) {
        const exchange = asked({ atMs: i, reason: "authentication.token-expired", status: 401 });
        detector.exchange(exchange, classify(exchange), 1);
      }
      expect(seen).toEqual(["mine"]);
    },
  );

  it("sees failed sign-ins at the built-in authorization server as they happen, as a replay does", () => {
    const { detector, seen } = fired("authn_login_fail");
    for (let i = 0; i < 2; i += 1) {
      detector.system(
        { action: "identity.sign-in-failed", level: "warn", message: "m", data: { address: "192.0.2.1" } },
        i,
      );
    }
    expect(seen).toEqual(["mine"]);
  });
});
