// Guards what a signal asks for beside a change of files: it is done also where both are one reload.
import { expect, it, onTestFinished } from "vitest";
import type { PolicySource } from "../../src/configuration/policy-source.ts";
import { Reloader } from "../../src/gateway/reloader.ts";
import type { RunningGateway } from "../../src/gateway/start.ts";
import { composed, OAUTH } from "../configuration/composing.ts";

it("a signal that joins a reload of changed files has the certificate looked at; those alone do not", async () => {
  const composition = await composed(`upstream: http://127.0.0.1:3000\n${OAUTH}`);
  onTestFinished(() => composition.close());
  let asked = 0;
  const renewal = () => {
    asked += 1;
    return Promise.resolve(undefined);
  };
  const nothing = () => undefined;
  const reloader = new Reloader({
    source: { compose: () => Promise.resolve(composition), took: nothing } as unknown as PolicySource,
    gateway: { replace: () => Promise.resolve() } as unknown as RunningGateway,
    composition,
    certificate: { material: undefined, warnings: [], follow: nothing, renewal, close: nothing },
    developmentFolder: undefined,
    keysTimeoutMs: undefined,
  });
  const outcomes = await Promise.all([reloader.reload("files"), reloader.reload("signal")]);
  expect(outcomes.map(({ kind }) => kind)).toEqual(["taken", "taken"]);
  expect(asked).toBe(1);
  await reloader.reload("files");
  expect(asked).toBe(1);
});
