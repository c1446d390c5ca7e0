// What the authorization server tells while the gateway still starts: it is kept until there is a record, and then is on it.
import { expect, it, onTestFinished } from "vitest";
import path from "node:path";
import type { Recorder, SystemEvent } from "../../src/core/record.ts";
import { IdentitySupervisor } from "../../src/cli/identity/supervisor.ts";
import type { IdentityToServe } from "../../src/cli/identity/serving.ts";
import { folderWith } from "../configuration/folder.ts";

const TOLD = { action: "identity.account-changed", level: "info", message: "an account was made" };

/** Serves nothing; tells a change twice, as one does who heard no answer, and another event, and afterwards what it was answered. */
const PROGRAM = `
const answers = [];
process.on("message", (said) => {
  if (said.end === true) process.disconnect();
  else if (said.change !== undefined) process.send({ event: { action: "answered", data: said } });
  else {
    const event = ${JSON.stringify(TOLD)};
    process.send({ change: "c1", event });
    process.send({ change: "c1", event });
    process.send({ event: { ...event, action: "identity.sign-in-failed" } });
    process.send({ listening: 1 });
  }
});
`;

it("is on record once, in its order, and answered then", async () => {
  const supervisor = new IdentitySupervisor(path.join(folderWith({ "child.mjs": PROGRAM }), "child.mjs"));
  onTestFinished(() => supervisor.stop());
  await supervisor.start({} as IdentityToServe);
  const events: SystemEvent[] = [];
  supervisor.record({ system: (event: SystemEvent) => void events.push(event) } as Recorder);
  const actions = () => events.map(({ action }) => action);
  await expect.poll(actions).toEqual(["identity.account-changed", "identity.sign-in-failed", "answered"]);
  expect(events[2]?.data).toEqual({ change: "c1", taken: true });
});
