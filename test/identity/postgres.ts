// A PostgreSQL of the tests' own, on a free port and in a folder of its own, where Debian's is installed.
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { freePort } from "../servers/free-port.ts";

const INSTALLED = "/usr/lib/postgresql";

/** Folder of the programs, or undefined where none is installed. */
export function postgresPrograms(): string | undefined {
  if (!existsSync(INSTALLED)) return undefined;
  const version = readdirSync(INSTALLED).sort((a, b) => Number(b) - Number(a))[0];
  const folder = version === undefined ? undefined : path.join(INSTALLED, version, "bin");
  return folder !== undefined && existsSync(path.join(folder, "postgres")) ? folder : undefined;
}

export interface RunningPostgres {
  /** A new database in it. */
  database(name: string): string;
  /** All of its processes at once, as when the power goes; and on again. Resolves when it takes queries. */
  loseItsPower(): Promise<void>;
  /** It ends as its operator ends it. Resolves when nobody answers any more. */
  goAway(): Promise<void>;
  /** Resolves when it takes queries again. */
  comeBack(): Promise<void>;
  /** Takes connections and answers nothing, as behind a network that loses everything; and goes on. */
  freeze(): void;
  thaw(): void;
  /** Asks something by itself, as another program does. */
  ask(url: string, query: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * `durable`: made anew, and each commit waits for the disk. Else a copy of one that was made once in a run: processes may be killed, but of a
 * power loss it proves nothing.
 */
export async function startPostgres(programs: string, { durable = false } = {}): Promise<RunningPostgres> {
  const folder = mkdtempSync(path.join(tmpdir(), "portcullis-postgres-"));
  const port = await freePort();
  // It refuses to run as root.
  const asOther = process.getuid?.() === 0;
  if (asOther) execFileSync("chown", ["-R", "nobody:nogroup", folder]);
  const run = (program: string, args: readonly string[]): [string, string[]] =>
    asOther
      ? ["setpriv", ["--reuid=nobody", "--regid=nogroup", "--clear-groups", path.join(programs, program), ...args]]
      : [path.join(programs, program), [...args]];
  const data = path.join(folder, "data");
  const made = durable ? data : path.join(tmpdir(), "postgres-made");
  const environment = { env: { PATH: process.env["PATH"] ?? "", LC_ALL: "C.UTF-8", TZ: "UTC" } };
  if (!existsSync(made)) {
    execFileSync(...run("initdb", ["-D", data, "-U", "portcullis", "-A", "trust", "--no-sync"]), {
      ...environment,
      stdio: "ignore",
    });
    if (!durable) keep(data, made);
  } else execFileSync("cp", ["-a", made, data]);
  const listening = ["-c", "listen_addresses=127.0.0.1", "-c", `unix_socket_directories=${folder}`, "-p", String(port)];
  if (!durable) listening.push("-c", "fsync=off");
  const begin = async () => {
    const begun = spawn(...run("postgres", ["-D", data, ...listening]), { ...environment, stdio: "ignore" });
    await untilReady(begun, path.join(programs, "pg_isready"), [
      "-q",
      "-h",
      "127.0.0.1",
      "-p",
      String(port),
      "-t",
      "1",
    ]);
    return begun;
  };
  let server = await begin();
  const everyProcess = (): number[] => {
    const children = readFileSync(`/proc/${server.pid ?? 0}/task/${server.pid ?? 0}/children`, "utf8");
    return [server.pid ?? 0, ...children.trim().split(" ").map(Number)];
  };
  const goAway = async () => {
    const ended = once(server, "exit");
    server.kill("SIGINT");
    await ended;
  };
  return {
    goAway,
    async comeBack() {
      server = await begin();
    },
    freeze: () => everyProcess().forEach((pid) => process.kill(pid, "SIGSTOP")),
    thaw: () => everyProcess().forEach((pid) => process.kill(pid, "SIGCONT")),
    async ask(url, query) {
      const [program, args] = run("psql", ["-q", url, "-c", query]);
      await promisify(execFile)(program, args, environment);
    },
    async loseItsPower() {
      const ended = once(server, "exit");
      // It makes none more meanwhile: one that was missed would keep the next server from the folder.
      server.kill("SIGSTOP");
      for (const pid of everyProcess()) process.kill(pid, "SIGKILL");
      await ended;
      // What a machine does not have after a start: the file that says who serves the folder.
      rmSync(path.join(data, "postmaster.pid"), { force: true });
      server = await begin();
    },
    database(name) {
      const url = `postgres://portcullis@127.0.0.1:${port}`;
      execFileSync(...run("psql", ["-q", `${url}/postgres`, "-c", `create database ${name}`]), {
        ...environment,
        stdio: "pipe",
      });
      return `${url}/${name}`;
    },
    async stop() {
      if (server.exitCode === null && server.signalCode === null) await goAway();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Whole or not at all, whoever else does it at the same time. */
function keep(data: string, made: string): void {
  const copy = `${data}-copy`;
  execFileSync("cp", ["-a", data, copy]);
  try {
    renameSync(copy, made);
  } catch {
    rmSync(copy, { recursive: true });
  }
}

/** Answers queries: before that it takes connections and refuses what they ask. Rejects where it ended instead. */
async function untilReady(server: ChildProcess, command: string, args: readonly string[]): Promise<void> {
  while (server.exitCode === null && server.signalCode === null) {
    const asked = spawn(command, args, { stdio: "ignore" });
    const [code] = (await once(asked, "exit")) as [number | null];
    if (code === 0) return;
  }
  throw new Error(`PostgreSQL ended at its start: ${server.exitCode ?? server.signalCode ?? ""}`);
}
