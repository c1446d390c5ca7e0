// Starts nginx in a folder of its own: as the API behind the contenders, and as the bare proxy among them.
import { spawn } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { connect, createServer, type AddressInfo } from "node:net";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { ORDER_ANSWER } from "../workload/requests.ts";
import { type Running, stop } from "./contender.ts";
import { CONNECTIONS } from "./setting.ts";

/** Answers at once, from memory: never the bottleneck. */
export function startUpstream(folder: string): Promise<Running> {
  return startNginx(
    path.join(folder, "upstream"),
    (port) => `
    server {
      listen 127.0.0.1:${port};
      default_type application/json;
      location = /orders/1042 { return 200 '${ORDER_ANSWER}'; }
      location = /orders { return 201 '${ORDER_ANSWER}'; }
    }`,
  );
}

/** A proxy with kept connections on both sides and no log. */
export function startProxy(upstream: string, folder: string): Promise<Running> {
  return startNginx(
    path.join(folder, "proxy"),
    (port) => `
    upstream api { server ${new URL(upstream).host}; keepalive ${CONNECTIONS}; keepalive_requests 1000000000; }
    server {
      listen 127.0.0.1:${port};
      location / {
        proxy_pass http://api;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header X-Forwarded-For $remote_addr;
      }
    }`,
  );
}

async function startNginx(folder: string, server: (port: number) => string): Promise<Running> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o755);
  const port = await freePort();
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join(" ");
  await writeFile(
    `${folder}/nginx.conf`,
    `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 1024; }
http {
    access_log off; keepalive_requests 1000000000; keepalive_timeout 600s; server_tokens off;
    ${temporary}
${server(port)}
}
`,
  );
  const started = performance.now();
  const child = spawn("nginx", ["-p", folder, "-e", `${folder}/error.log`, "-c", `${folder}/nginx.conf`], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  let failed: Error | undefined;
  child.once("error", (error) => (failed = error));
  while (!(await accepts(port))) {
    if (failed !== undefined) throw failed;
    if (child.exitCode !== null) throw new Error(`nginx ended at once: see ${folder}/error.log`);
    await wait(5);
  }
  const startMs = performance.now() - started;
  return { url: `http://127.0.0.1:${port}`, pid: child.pid as number, startMs, stop: () => stop(child) };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
