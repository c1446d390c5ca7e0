// The process that `start` keeps beside the gateway: is told by it what to serve, and ends with it.
import type { Identity } from "../../identity/compose.ts";
import { tellFailure } from "../failure.ts";
import { holdYoungGeneration, settleHeap } from "../heap.ts";
import { gatewaysRecord } from "./gateways-record.ts";
import type { IdentityToServe } from "./serving.ts";

/** `prepare`: what is to be done before anybody hears that it serves. */
export function serveForParent(prepare?: (identity: Identity) => Promise<void>): void {
  holdYoungGeneration();
  // Ctrl-C reaches both: the gateway first answers what is under way, then it tells.
  process.on("SIGINT", () => undefined);
  const loading = import("./serving.ts");
  process.once("message", (told: IdentityToServe) => {
    serve(told).catch((error: unknown) => {
      process.exitCode = tellFailure(error, process);
      process.disconnect();
    });
  });

  async function serve(told: IdentityToServe): Promise<void> {
    const { serveIdentity } = await loading;
    const ended = untilParentEnds();
    const record = gatewaysRecord();
    const running = await serveIdentity(told, process, record);
    await prepare?.(running.identity);
    process.send?.({ listening: running.port });
    settleHeap();
    process.stderr.write(`identity: ${await ended}\n`);
    await running.close();
    record.close();
    // An open channel would keep this process.
    if (process.connected) process.disconnect();
  }
}

function untilParentEnds(): Promise<string> {
  return new Promise((resolve) => {
    process.once("SIGTERM", () => resolve("SIGTERM"));
    process.once("disconnect", () => resolve("the gateway has ended"));
  });
}
