// The page that signs in, as its reader starts it: the page, the authorization server that it leads to, and what it may call.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import path from "node:path";
import { expect, it, onTestFinished } from "vitest";

const START = path.join(import.meta.dirname, "../../examples/spa/start.ts");

async function freePort(): Promise<string> {
  const server = createServer().listen(0, "localhost");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return String(port);
}

it("starts with one command, and its page may use exactly what it needs", async () => {
  const [GATEWAY_PORT, PAGE_PORT, IDENTITY_PORT] = await Promise.all([freePort(), freePort(), freePort()]);
  const env = { ...process.env, GATEWAY_PORT, PAGE_PORT, IDENTITY_PORT };
  const child = spawn(process.execPath, [START], { env, stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(child, "exit");
  onTestFinished(() => void child.kill("SIGKILL"));
  let told = "";
  // Read to the end: a loop that is left closes the pipe, and what the child writes next would end it.
  await new Promise<void>((resolve) => {
    child.stderr.setEncoding("utf8").on("data", (part: string) => {
      told += part;
      if (told.includes("protects Orders")) resolve();
    });
    child.stderr.once("end", resolve);
  });
  expect(told).toContain("protects Orders");
  const gateway = `http://localhost:${GATEWAY_PORT}`;
  const origin = `http://localhost:${PAGE_PORT}`;
  const page = await (await fetch(`${origin}/?code=x&state=y`)).text();
  expect(page).toContain(`const api = "${gateway}"`);
  const metadata = (await (await fetch(`${gateway}/identity/.well-known/openid-configuration`)).json()) as object;
  expect(metadata).toMatchObject({ issuer: `${gateway}/identity` });
  const allowedOn = async (url: string, from: string, method: string, fields: string) => {
    const headers = { origin: from, "access-control-request-method": method, "access-control-request-headers": fields };
    const { headers: answer } = await fetch(url, { method: "OPTIONS", headers });
    return answer.get("access-control-allow-origin");
  };
  expect(await allowedOn(`${gateway}/orders`, origin, "GET", "authorization")).toBe(origin);
  expect(await allowedOn(`${gateway}/orders`, "https://evil.example", "GET", "authorization")).toBeNull();
  const asked = await fetch(`${gateway}/identity/token`, {
    method: "POST",
    headers: { origin },
    body: new URLSearchParams({ grant_type: "authorization_code", client_id: "spa" }),
  });
  expect(asked.headers.get("access-control-allow-origin")).toBe(origin);
  child.kill("SIGTERM");
  expect((await ended)[0]).toBe(0);
}, 60_000);
