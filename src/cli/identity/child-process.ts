// The process that `start` keeps beside the gateway: is told by it what to serve, and ends with it.
import type { Identity } from "../../identity/compose.ts";
import { tellFailure } from "../failure.ts";
import { holdYoungGeneration, settleHeap } from "../heap.ts";
import { gatewaysRecord } from "./gateways-record.ts";
import type { IdentityToServe } from "./serving.ts";

/** What the gateway says when nothing of it is under way any more. */
export interface EndTold {
  readonly end: true;
}

/** `prepare`: what is to be done before anybody hears that it serves. */
export function serveForParent(prepare?: (identity: Identity) => Promise<void>): void {
  holdYoungGeneration();
  // Ctrl-C and systemd reach both: the gateway first answers what is under way, then it tells.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);
  const loading = import("./serving.ts");
  const ended = untilParentEnds();
  process.once("message", (told: IdentityToServe | EndTold) => {
    if ("end" in told) return process.disconnect();
    serve(told).catch((error: unknown) => {
      process.exitCode = tellFailure(error, process);
      process.disconnect();
    });
  });

  async function serve(told: IdentityToServe): Promise<void> {
    const { serveIdentity } = await loading;
    const record = gatewaysRecord();
    const running = await serveIdentity(told, process, record);
    await prepare?.(running.identity);
    process.send?.({ listening: running.port });
    settleHeap();
    process.stderr.write(`identity: ${await ended}\n`);
    await running.close();
    await record.close();
    // An open channel would keep this process.
    if (process.connected) process.disconnect();
  }
}

function untilParentEnds(): Promise<string> {
  return new Promise((resolve) => {
    process.on("message", (told: object) => {
      if ("end" in told) resolve("the gateway ends");
    });
    process.once("disconnect", () => resolve("the gateway has ended"));
  });
}
