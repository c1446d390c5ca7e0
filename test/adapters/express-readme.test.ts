// The code in the README is the code that works: at most eight lines, run as they stand.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { startLocalIssuer } from "../authentication/local-issuer.ts";
import { folderWith } from "../configuration/folder.ts";
import { ordersFiles } from "../conformance/orders.ts";
import { ask } from "../gateway/harness.ts";

const ROOT = path.join(import.meta.dirname, "..", "..");

/** The snippet that mounts the whole gate. */
function snippet(): string {
  const blocks = readFileSync(path.join(ROOT, "README.md"), "utf8").matchAll(/^```ts\n(.*?)^```$/gms);
  const found = [...blocks].map(([, code]) => code as string).find((code) => code.includes("portcullis({ file:"));
  if (found === undefined) throw new Error("the README does not show portcullis() any more");
  return found;
}

/** Only where things are is another: the package is this repository, the port a free one. */
function runnable(code: string): string {
  const adapter = pathToFileURL(path.join(ROOT, "src", "adapters", "express.ts")).href;
  return code
    .replace('"portcullis/express"', JSON.stringify(adapter))
    .replace('"express"', JSON.stringify(import.meta.resolve("express")))
    .replace(/app\.listen\(\d+\)/, "const server = app.listen(0, () => process.send(server.address().port))");
}

async function started(env: Record<string, string>): Promise<string> {
  const folder = folderWith({
    "app.mts": runnable(snippet()),
    ...ordersFiles(),
  });
  const child: ChildProcess = fork(path.join(folder, "app.mts"), {
    cwd: folder,
    env,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  onTestFinished(async () => {
    child.kill();
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  });
  const [port] = (await once(child, "message")) as [number];
  return `http://127.0.0.1:${port}`;
}

it("has at most eight lines", () => {
  expect(
    snippet()
      .split("\n")
      .filter((line) => line.trim() !== "").length,
  ).toBeLessThanOrEqual(8);
});

it("guards an application as it stands", async () => {
  const issuer = await startLocalIssuer("https://orders.example.com");
  onTestFinished(() => issuer.close());
  const url = await started({ ORDERS_ISSUER_URL: issuer.issuer, ORDERS_API_URL: "http://127.0.0.1:1" });
  const authorization = `Bearer ${await issuer.sign({ subject: "rita", scopes: ["orders:read"] })}`;
  expect((await ask(`${url}/orders/7`)).status).toBe(401);
  expect((await ask(`${url}/orders/x`, { headers: { authorization } })).status).toBe(400);
  expect((await ask(`${url}/admin`, { headers: { authorization } })).status).toBe(404);
  const { status, body } = await ask(`${url}/orders/7`, { headers: { authorization } });
  expect([status, JSON.parse(body)]).toEqual([200, { id: 7, by: "rita" }]);
});
