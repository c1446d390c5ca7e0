// A page that signs in: the sample API, the gateway with the built-in authorization server, and the page, all on this machine.
import { fork, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Backend } from "../orders/backend.ts";

const HERE = import.meta.dirname;
/** Others, where these are taken. */
const { GATEWAY_PORT = "8443", PAGE_PORT = "8080", IDENTITY_PORT = "9444" } = process.env;

/** All that a trial leaves behind is in one folder, which goes with it. */
const folder = mkdtempSync(path.join(tmpdir(), "portcullis-spa-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

const backend = fork(path.join(HERE, "../orders/backend.ts"));
const [{ apiUrl }] = (await once(backend, "message")) as [Backend];
const env = {
  ...process.env,
  GATEWAY_PORT,
  PAGE_PORT,
  IDENTITY_PORT,
  ORDERS_API_URL: apiUrl,
  IDENTITY_SECRET: randomBytes(32).toString("base64"),
  IDENTITY_DATABASE: path.join(folder, "identity.db"),
  IDENTITY_MAIL: path.join(folder, "mail"),
};
const command = path.join(HERE, "../../bin/portcullis.js");
const gateway = spawn(process.execPath, [command, "start", "--config", path.join(HERE, "portcullis.yaml")], {
  env,
  stdio: "inherit",
});

const page = readFileSync(path.join(HERE, "index.html"), "utf8").replace("localhost:8443", `localhost:${GATEWAY_PORT}`);
const pages = createServer((request, response) => {
  const isPage = request.method === "GET" && (request.url ?? "").split("?")[0] === "/";
  response.writeHead(isPage ? 200 : 404, {
    "Content-Type": "text/html; charset=utf-8",
    "Referrer-Policy": "no-referrer",
  });
  response.end(isPage ? page : undefined);
}).listen(Number(PAGE_PORT), "localhost");
await once(pages, "listening");
process.stdout.write(`
Open  http://localhost:${PAGE_PORT}
Sign in, make an account, and follow the link in the mail: it is a file, and its name is told below.
Ctrl-C ends all of it.

`);

process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => gateway.kill("SIGTERM"));
await once(gateway, "exit");
pages.close();
pages.closeAllConnections();
backend.disconnect();
