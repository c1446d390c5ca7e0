// A run at a gate of its own: the API as its owner starts it, the gate in front of it with isolated keys.
import type { TestContext } from "../tester.ts";
import { answers, type ApiProcess, startApi } from "./api-process.ts";
import { CannotTest } from "./cannot-test.ts";
import { createCallers } from "./callers/isolated-callers.ts";
import { endAll, type Layer, type OpenRun } from "./layer.ts";
import { configuredOrigin, openOwnGate } from "./own-gate.ts";
import { Owner } from "./owner.ts";
import { besideOf } from "./place.ts";
import type { Plan } from "./plan.ts";
import { reachOf } from "./reach.ts";
import { TEST_FILE } from "./test-file/load.ts";

/** Throws CannotTest. */
export async function openOwnRun(context: TestContext, plan: Plan): Promise<OpenRun> {
  const { loaded, composition, testFile, startGate, signal } = context;
  const { upstream, transport } = loaded.settings;
  if (upstream === undefined) {
    throw new CannotTest("it is not said which API to test: set `upstream`, or give --upstream or --url");
  }
  // What the gate lets through goes there: the same holds for it, beside the gate or not.
  await reachOf(new URL(upstream.origin), plan);
  const env = { ...testFile.written.environment, ...context.env };
  const opened: { close(): unknown }[] = [];
  try {
    let process: ApiProcess | undefined;
    const { start: command, ready = upstream.origin } = testFile.written.api ?? {};
    if (command !== undefined) {
      process = await startApi({ command, folder: testFile.folder, env, ready, signal });
      opened.push(process);
    } else if (!(await answers(ready))) {
      throw new CannotTest(`nothing answers at ${ready}: start the API, or say how with api.start in ${TEST_FILE}`);
    }
    const callers = createCallers(composition);
    const { believed } = callers;
    const owner = new Owner({ testFile, env, jwks: believed.jwks, signal });
    if (!(await owner.reset())) await owner.giveKeys();
    const openGate = (hasLimits: boolean) => openOwnGate({ loaded, believed, startGate, hasLimits });
    const gate = await openGate(false);
    opened.push(gate);
    const layers: Layer[] = [
      {
        target: gate.target,
        shownOrigin: configuredOrigin(transport),
        openLimited: () => openGate(true),
        retryAfter: "ours",
      },
    ];
    if (plan.isBeside) layers.push(await besideOf(upstream, plan, "ours"));
    return {
      callers,
      layers,
      reset: () => owner.reset(),
      beforeUnit: () => Promise.resolve(process?.check()),
      afterLayer: async () => {
        if (await answers(ready)) return;
        throw new CannotTest(`nothing answers at ${ready} any more: the API did not outlive the test`);
      },
      missing: [],
      close: () => endAll(opened),
    };
  } catch (error) {
    await endAll(opened);
    throw error;
  }
}
