// A run at a gate that is there already: people sign in as described, and nobody is kept from their own work there.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { codeOf } from "../../configuration/error-code.ts";
import type { TestContext } from "../tester.ts";
import { CannotTest } from "./cannot-test.ts";
import { whyUnreached } from "./client/unreached.ts";
import { endAll, type Layer, type Missing, type OpenRun } from "./layer.ts";
import { Owner } from "./owner.ts";
import { besideOf, targetAt } from "./place.ts";
import type { Plan } from "./plan.ts";
import { reachOf } from "./reach.ts";
import { openAsking } from "./sign-in/asking.ts";
import { SignedInCallers } from "./sign-in/signed-in-callers.ts";

/** What only a gate of the run's own can show: it makes no tokens here, and sees no budget from its beginning. */
const MISSING: readonly Missing[] = [
  {
    what: "forged and stale tokens, rights taken away one by one",
    why: "with --url the test has no keys of the issuer",
    isExpected: true,
  },
  {
    what: "limits from a full budget",
    why: "with --url they are shared with everybody else there",
    isExpected: true,
  },
];

/** Throws CannotTest. */
export async function openRemoteRun(context: TestContext, plan: Plan, url: URL): Promise<OpenRun> {
  const { composition, testFile, signal, cwd, options } = context;
  const host = await reachOf(url, plan);
  const ca = await authorityOf(options.text("ca"), cwd);
  const layers: Layer[] = [
    { target: targetAt(url, host, "gate", ca), shownOrigin: url.origin, openLimited: undefined, retryAfter: "obeyed" },
  ];
  const { upstream } = composition.settings;
  if (plan.isBeside && upstream !== undefined) layers.push(await besideOf(upstream, plan, "obeyed"));
  const asking = openAsking(ca);
  try {
    const signIns = testFile.written.callers ?? {};
    const { ask } = asking;
    const isThere = async () => {
      await ask(url.origin).catch((error: unknown) => {
        throw new CannotTest(`${url.origin} cannot be asked: ${whyNot(codeOf(error), ca !== undefined)}`);
      });
    };
    await isThere();
    const callers = await SignedInCallers.signIn({ composition, signIns, origin: url.origin, ask });
    const env = { ...testFile.written.environment, ...context.env };
    const owner = new Owner({ testFile, env, jwks: [], signal });
    await owner.reset();
    return {
      callers,
      layers,
      missing: [...MISSING, ...(callers.isAlone ? [alone(signIns["b"] === "none")] : [])],
      reset: () => owner.reset(),
      beforeUnit: () => callers.renew(),
      afterLayer: isThere,
      close: () => endAll([asking]),
    };
  } catch (error) {
    await asking.close();
    throw error;
  }
}

/** Machines often have one key for all: then nothing is another's. */
function alone(isSaid: boolean): Missing {
  const why = isSaid
    ? "the test file says that there is no second one"
    : "callers.b is missing in the test file: say how a second one of equal rights signs in, or `b: none`";
  return { what: "what belongs to one caller, asked for by another", why, isExpected: isSaid };
}

/** As OpenSSL names that it does not know who signed. */
const UNTRUSTED = /SELF_SIGNED|^UNABLE_TO_(?:GET_ISSUER|VERIFY_LEAF)|^CERT_UNTRUSTED$/;

function whyNot(code: string, hasAuthority: boolean): string {
  if (!hasAuthority && UNTRUSTED.test(code)) return `${code}; --ca names the authority of its certificate`;
  return whyUnreached(code);
}

async function authorityOf(file: string | undefined, cwd: string): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(path.resolve(cwd, file), "utf8");
  } catch {
    throw new CannotTest(`--ca ${file} cannot be read`);
  }
}
