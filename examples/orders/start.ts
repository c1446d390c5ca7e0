// `npm start`: the sample API, a local issuer and the gateway in front of both; prints what to try.
import { fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { coloursFor } from "../../src/cli/colours.ts";
import type { Backend } from "./backend.ts";
import { tourLines } from "./tour.ts";

/** `npm start` gives V8 flags for a small process: else compiling TypeScript and schemas makes its heap grow for good. */
async function main(): Promise<void> {
  const stop = signalled();
  const child = fork(path.join(import.meta.dirname, "backend.ts"));
  const exit = once(child, "exit").then(() => Promise.reject(new Error("The process of the sample API ended.")));
  // The gateway's code is loaded while the API starts.
  const [[backend], { protect }] = await Promise.all([
    Promise.race([once(child, "message") as Promise<[Backend]>, exit]),
    import("./gateway.ts"),
  ]);
  try {
    const gateway = await protect(backend);
    const places = {
      gatewayUrl: gateway.url.replace("127.0.0.1", "localhost"),
      healthUrl: `${gateway.adminUrl ?? ""}/readyz`,
      authorityFile: gateway.authorityFile ?? "",
    };
    const { bold } = coloursFor(process.stdout, process.env);
    process.stdout.write(`${tourLines(places, backend, bold).join("\n")}\n`);
    await Promise.race([stop, exit]);
    await gateway.close();
  } finally {
    exit.catch(() => undefined);
    if (child.connected) child.disconnect();
  }
}

/** The first one asks for a graceful end; a second one does not wait for it. */
function signalled(): Promise<void> {
  return new Promise((resolve) => {
    let isStopping = false;
    const stop = () => {
      if (isStopping) process.exit(1);
      isStopping = true;
      resolve();
    };
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
    if (process.env["npm_lifecycle_event"] !== undefined) whenGone(process.ppid, stop);
  });
}

const PARENT_LOOK_MS = 250;

/** npm starts a shell, which ends with a SIGTERM and does not hand it on. */
function whenGone(parent: number, stop: () => void): void {
  const look = setInterval(() => {
    if (process.ppid === parent && isRunning(parent)) return;
    clearInterval(look);
    stop();
  }, PARENT_LOOK_MS);
  look.unref();
}

/** Windows gives a process no other parent when its own has ended. */
function isRunning(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch (error) {
    return (error as { code?: string }).code === "EPERM";
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
