// What the policy of a folder says of one request, as a gateway that starts now would.
import { compose, offlinePorts } from "../../src/configuration/compose.ts";
import { loadSettings } from "../../src/configuration/load.ts";
import { Exchange } from "../../src/core/exchange.ts";
import { runRequestGuards } from "../../src/core/run.ts";

/** `passed`, or the reason of the head phase's denial. Rejects where the policy must not start. */
export async function policyVerdict(
  cwd: string,
  target: string,
  fields: readonly string[],
  method = "GET",
): Promise<string> {
  const composition = await compose(await loadSettings({ file: "portcullis.yaml", cwd, env: {} }), offlinePorts(cwd));
  const settled = composition.settle({
    method,
    target,
    rawFields: ["Host", "localhost", ...fields],
    protocol: "HTTP/1.1",
    secure: true,
    peerAddress: "192.0.2.1",
  });
  if ("kind" in settled) return settled.reason;
  const exchange = new Exchange("1", settled, Date.now(), 0);
  const ending = await runRequestGuards(composition.policy.enter(exchange).head, exchange);
  await composition.close();
  if (ending === undefined) return "passed";
  return ending.kind === "deny" ? ending.reason : ending.kind;
}
