// `npm start`: the sample API behind the gateway, with the built-in authorization server and a page that signs in; prints what to try.
import { fork, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { coloursFor } from "../../src/cli/colours.ts";
import { settleHeap } from "../../src/cli/heap.ts";
import type { Backend, Tokens } from "./backend.ts";
import type { SignIn } from "./people.ts";
import { tourLines } from "./tour.ts";

const GATEWAY_PORT = 8443;
const PAGE_PORT = 8080;

/** `npm start` gives V8 flags for a small process: else compiling TypeScript and schemas makes its heap grow for good. */
async function main(): Promise<void> {
  const stop = signalled();
  // Accounts and mails of a trial go with it.
  const folder = mkdtempSync(path.join(tmpdir(), "portcullis-orders-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const port = await chosenPort();
  const gatewayUrl = `https://localhost:${port ?? GATEWAY_PORT}`;
  const child = fork(path.join(import.meta.dirname, "backend.ts"), [
    gatewayUrl,
    String(port === undefined ? PAGE_PORT : 0),
  ]);
  const exit = once(child, "exit").then(() => Promise.reject(new Error("The process of the sample API ended.")));
  const said = <T>() => Promise.race([once(child, "message").then(([message]) => message as T), exit]);
  try {
    // The gateway's code is loaded while the API starts.
    const [{ apiUrl, pageUrl }, { protect }, identityPort] = await Promise.all([
      said<Backend>(),
      import("./gateway.ts"),
      freePort(),
    ]);
    // Nobody is told it: it is for the two that the tokens below are made for.
    const password = randomBytes(32).toString("base64url");
    process.env["ORDERS_PASSWORD"] = password;
    const protection = await protect(port, {
      ...process.env,
      ORDERS_API_URL: apiUrl,
      ORDERS_PAGE_URL: pageUrl,
      ORDERS_FOLDER: folder,
      ORDERS_IDENTITY_PORT: String(identityPort),
      ORDERS_IDENTITY_SECRET: randomBytes(32).toString("base64"),
    });
    const { gateway, issuer } = protection;
    const origin = `http://127.0.0.1:${identityPort}`;
    const tokens = said<Tokens>();
    signIn(child, { origin, issuer, redirectUri: `${pageUrl}/`, password });
    const places = {
      gatewayUrl,
      apiUrl,
      pageUrl,
      issuer,
      healthUrl: `${gateway.adminUrl ?? ""}/readyz`,
      authorityFile: gateway.authorityFile ?? "",
    };
    const { bold } = coloursFor(process.stdout, process.env);
    process.stdout.write(`${tourLines(places, await tokens, bold).join("\n")}\n`);
    settleHeap();
    await Promise.race([stop, exit]);
    await protection.close();
  } finally {
    exit.catch(() => undefined);
    if (child.connected) child.disconnect();
  }
}

function signIn(child: ChildProcess, as: SignIn): void {
  child.send(as);
}

/** `PORT=9443 npm start` stands beside another one; 0 is any that is free. */
async function chosenPort(): Promise<number | undefined> {
  const given = process.env["PORT"];
  if (given === undefined) return undefined;
  return given === "0" ? freePort() : Number(given);
}

/** Its number must be known before anything listens there: it is part of addresses. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
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
