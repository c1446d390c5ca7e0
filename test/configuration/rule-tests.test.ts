// Guards what `portcullis detect test` says of a test that cannot be run: where, and what is missing.
import { expect, it } from "vitest";
import { runRuleTests } from "../../src/configuration/detections/rule-test.ts";

const FORMS = "Write { repeat: 10, every: 1s, with: { user.id: eve } }, or { pause: 1m }.";

it.each([
  ["{ with: { user.id: eve } }", `alerts.0.events.0: repeat and every are missing. ${FORMS}`],
  ["{ repeat: 3, with: { user.id: eve } }", `alerts.0.events.0: every is missing. ${FORMS}`],
  ["{}", `alerts.0.events.0: repeat, every and with are missing. ${FORMS}`],
  ["{ pause: 5 }", `alerts.0.events.0.pause: Invalid input: expected string, received number. ${FORMS}`],
  ["none", `alerts.0.events.0: Invalid input: expected object, received string. ${FORMS}`],
  [
    "{ repeat: 3, every: 1s, with: { user.id: [eve] } }",
    `alerts.0.events.0.with.user.id: must be text or a number. ${FORMS}`,
  ],
  ["{ repeat: 3, every: 1s, with: {} }", "silent is missing"],
])("%s: %s", (item, told) => {
  const silent = told.startsWith("silent") ? "" : "silent: [{ say: b, events: [{ pause: 1m }] }]\n";
  const text = `rule: scanning\nalerts: [{ say: a, events: [${item}] }]\n${silent}`;
  expect(runRuleTests("scanning.test.yaml", text, [])).toBe(`scanning.test.yaml: ${told}`);
});
