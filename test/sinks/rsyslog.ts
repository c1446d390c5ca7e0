// Debian's rsyslog, listening with TLS, that writes each message to a file before it reads the next: what it read it has.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "../servers/free-port.ts";
import type { Issued } from "./certificates.ts";

const PROGRAM = "/usr/sbin/rsyslogd";

/** Why tests with it cannot run here. */
export function rsyslogMissing(): string | undefined {
  if (!existsSync(PROGRAM)) return "needs rsyslog and rsyslog-openssl of Debian";
  const version = execFileSync(PROGRAM, ["-v"], { encoding: "utf8" });
  const modules = "/usr/lib/x86_64-linux-gnu/rsyslog/lmnsd_ossl.so";
  const isThere = existsSync(modules) || existsSync(modules.replace("x86_64", "aarch64"));
  return isThere && version.includes("rsyslogd") ? undefined : "needs rsyslog-openssl of Debian";
}

export interface RsyslogLine {
  readonly msg: string;
  readonly hostname: string;
  readonly programname: string;
  readonly syslogfacility: string;
  readonly syslogseverity: string;
  readonly timereported: string;
  readonly msgid: string;
  readonly "structured-data": string;
}

export class Rsyslog {
  readonly folder = mkdtempSync(path.join(tmpdir(), "portcullis-rsyslog-"));
  port = 0;
  #process: ChildProcess | undefined;
  readonly #transport: "tls" | "udp";

  constructor(tls: Issued & { readonly ca: string }, transport: "tls" | "udp" = "tls") {
    this.#transport = transport;
    for (const [name, text] of Object.entries(tls)) writeFileSync(this.#file(name), text);
  }

  async start(): Promise<this> {
    if (this.port === 0) this.port = await freePort();
    writeFileSync(this.#file("conf"), this.#configuration());
    this.#process = spawn(PROGRAM, ["-n", "-f", this.#file("conf"), "-i", this.#file("pid")], { stdio: "ignore" });
    if (this.#transport === "tls") await this.#listening();
    else await pause(500);
    return this;
  }

  async stop(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const running = this.#process;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const exited = once(running, "exit");
    running.kill(signal);
    await exited;
    rmSync(this.#file("pid"), { force: true });
  }

  async remove(): Promise<void> {
    await this.stop("SIGKILL");
    rmSync(this.folder, { recursive: true });
  }

  /** What it wrote. A killed process may have torn the last line. */
  lines(): RsyslogLine[] {
    if (!existsSync(this.#file("out"))) return [];
    const whole = readFileSync(this.#file("out"), "utf8").split("\n").slice(0, -1);
    return whole.flatMap((line) => {
      try {
        return [JSON.parse(line) as RsyslogLine];
      } catch {
        return [];
      }
    });
  }

  get ids(): string[] {
    return this.lines().map(({ msg }) => (JSON.parse(msg) as { event: { id: string } }).event.id);
  }

  #file(name: string): string {
    return path.join(this.folder, name);
  }

  #configuration(): string {
    const driver = `DefaultNetstreamDriver="ossl" DefaultNetstreamDriverCAFile="${this.#file("ca")}"`;
    const own = `DefaultNetstreamDriverCertFile="${this.#file("cert")}" DefaultNetstreamDriverKeyFile="${this.#file("key")}"`;
    const tls = [
      `module(load="imtcp" StreamDriver.Name="ossl" StreamDriver.Mode="1" StreamDriver.AuthMode="anon")`,
      `input(type="imtcp" port="${this.port}" address="127.0.0.1")`,
    ];
    const udp = ['module(load="imudp")', `input(type="imudp" port="${this.port}" address="127.0.0.1")`];
    return [
      `global(${driver} ${own} workDirectory="${this.folder}" maxMessageSize="32k")`,
      'main_queue(queue.type="Direct")',
      ...(this.#transport === "tls" ? tls : udp),
      'template(name="out" type="list" option.jsonf="on") {',
      ...["msg", "hostname", "programname", "syslogfacility", "syslogseverity", "msgid", "structured-data"].map(
        (name) => `  property(outname="${name}" name="${name}" format="jsonf")`,
      ),
      '  property(outname="timereported" name="timereported" format="jsonf" dateFormat="rfc3339")',
      "}",
      `action(type="omfile" file="${this.#file("out")}" template="out" asyncWriting="off" flushOnTXEnd="on")`,
      "",
    ].join("\n");
  }

  async #listening(): Promise<void> {
    for (let tries = 0; tries < 100; tries += 1) {
      const socket = connect(this.port, "127.0.0.1");
      const stands = await once(socket, "connect").then(
        () => true,
        () => false,
      );
      socket.destroy();
      if (stands) return;
      await pause(50);
    }
    throw new Error("rsyslog does not listen");
  }
}
