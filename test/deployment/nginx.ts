// Runs the real nginx with the server blocks of docs/deployment.md, on free ports, in front of a gateway with the settings beside them.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { developmentCertificate } from "../../src/transport/development-ca.ts";
import { block } from "../repository/markdown.ts";
import { freePort } from "../servers/free-port.ts";

const PATH = `${process.env["PATH"] ?? ""}:/usr/sbin:/usr/local/sbin`;

export function hasNginx(): boolean {
  return spawnSync("nginx", ["-v"], { env: { PATH } }).status === 0;
}

export interface RunningNginx {
  readonly httpPort: number;
  readonly httpsPort: number;
  /** Authority of its certificate, which is for localhost: development ones are for no public name. */
  readonly authorityFile: string;
  stop(): Promise<void>;
}

/** Rejects with what nginx says where it does not take the documented blocks. */
export async function startNginx(gatewayPort: number): Promise<RunningNginx> {
  const folder = mkdtempSync(path.join(tmpdir(), "portcullis-nginx-"));
  const own = await developmentCertificate({
    folder: path.join(folder, "authority"),
    names: [],
    nowMs: Date.now(),
  });
  mkdirSync(path.join(folder, "tls"));
  writeFileSync(path.join(folder, "tls/fullchain.pem"), own.material.cert);
  writeFileSync(path.join(folder, "tls/privkey.pem"), own.material.key, { mode: 0o600 });
  const httpPort = await freePort();
  const httpsPort = await freePort();
  const servers = block("docs/deployment.md", "nginx")
    .replace("server 127.0.0.1:8080;", `server 127.0.0.1:${gatewayPort};`)
    .replace("listen 80;", `listen 127.0.0.1:${httpPort};`)
    .replace("listen 443 ssl", `listen 127.0.0.1:${httpsPort} ssl`)
    .replaceAll("/etc/nginx/tls", path.join(folder, "tls"));
  const file = path.join(folder, "nginx.conf");
  writeFileSync(file, wholeConfiguration(folder, servers));
  const judged = spawnSync("nginx", ["-t", "-c", file, "-p", folder], { env: { PATH }, encoding: "utf8" });
  if (judged.status !== 0 || judged.stderr.includes("[warn]")) throw new Error(`nginx -t: ${judged.stderr}`);
  const child = spawn("nginx", ["-c", file, "-p", folder], { env: { PATH }, stdio: "inherit" });
  await untilListening(httpsPort, child);
  return {
    httpPort,
    httpsPort,
    authorityFile: own.authorityFile,
    stop: async () => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Around the documented blocks: only what keeps nginx inside its folder. */
function wholeConfiguration(folder: string, servers: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  return [
    "daemon off;",
    "worker_processes 1;",
    `pid ${folder}/nginx.pid;`,
    `error_log ${folder}/error.log;`,
    "events { worker_connections 256; }",
    "http {",
    "access_log off;",
    ...temporary,
    servers,
    "}",
    "",
  ].join("\n");
}

/** nginx says nothing when it is ready. */
async function untilListening(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200 && child.exitCode === null; tries += 1) {
    const answered = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await pause(25);
  }
  throw new Error("nginx did not start");
}
