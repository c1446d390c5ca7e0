// One command: starts the contenders, proves that they do their work, measures them side by side, prints the table.
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { checkContender } from "./checks.ts";
import type { Contender, Running } from "./contenders/contender.ts";
import { CONTENDERS, profiledGateway } from "./contenders/list.ts";
import { startUpstream } from "./contenders/nginx.ts";
import { CONNECTIONS, type Setting, UPSTREAM_OPTIONS } from "./contenders/setting.ts";
import { measureFlatness } from "./flatness.ts";
import { identityRates } from "./identity/rates.ts";
import { mixedLoad } from "./identity/mixed.ts";
import { circumstances } from "./machine.ts";
import { measure, type Participant, scriptFile } from "./measure.ts";
import { type Options, readOptions, USAGE } from "./options.ts";
import { residentBytes } from "./processes.ts";
import { missingRequirements } from "./requirements.ts";
import { profileTables } from "./profile.ts";
import { asMarkdown, asText, resultTables, startTable, type Table } from "./table.ts";
import { AUDIENCE, createIssuer, ISSUER } from "./workload/credentials.ts";
import { refusals, type Workload, workloads } from "./workload/requests.ts";
import { load, writeScript } from "./workload/wrk.ts";

/** After a start, before its memory is read: what the start left behind is collected meanwhile. */
const SETTLE_MS = 2_000;
const PROFILE_SECONDS = 8;

const options = readOptions(process.argv.slice(2));
if (options === undefined) process.stdout.write(USAGE);
else await run(options);

async function run({ plan, contenders, markdown, profile, flat, mixedMinutes, identity }: Options): Promise<void> {
  const progress = (text: string): void => void process.stderr.write(`${text}\n`);
  if (mixedMinutes !== undefined) {
    const { tables, failed } = await mixedLoad(mixedMinutes, progress);
    process.stdout.write(`\n${circumstances().join("\n")}\n\n`);
    print(tables, markdown);
    if (failed > 0) process.exitCode = 1;
    return;
  }
  if (identity) {
    const tables = await identityRates(plan.seconds, progress);
    process.stdout.write(`\n${circumstances().join("\n")}\n\n`);
    print(tables, markdown);
    return;
  }
  const missing = missingRequirements(contenders);
  if (missing.length > 0) {
    process.stderr.write(`${missing.join("\n")}\n`);
    process.exitCode = 1;
    return;
  }
  const folder = await mkdtemp(path.join(tmpdir(), "portcullis-benchmark-"));
  // nginx's workers give up root and must still reach their folders.
  await chmod(folder, 0o755);
  const running: Running[] = [];
  try {
    const upstream = await startUpstream(folder);
    running.push(upstream);
    const issuer = createIssuer();
    const loads = workloads(issuer);
    for (const workload of loads) await writeScript(scriptFile(folder, workload), workload);
    const start = async (contender: Contender) => {
      const own = await mkdtemp(path.join(folder, "contender-"));
      await chmod(own, 0o755);
      const setting = await settingFor(own, upstream.url, issuer);
      const started = await contender.start(setting, own);
      running.push(started);
      await wait(SETTLE_MS);
      return { started, setting };
    };
    const join = async (contender: Contender): Promise<Participant> => {
      const { started, setting } = await start(contender);
      const participant = { contender, running: started, idleBytes: residentBytes(started.pid) };
      await checkContender(contender, started.url, loads, refusals(issuer, loads));
      if (contender.guards) await checkRecords(contender, setting.auditFile);
      return participant;
    };
    if (flat) {
      const begin = async (contender: Contender) => (await start(contender)).started;
      const measured = await measureFlatness(begin, loads[0] as Workload, plan, folder, progress);
      print([measured.table], markdown);
      if (!measured.flat) process.exitCode = 1;
      return;
    }
    if (profile) {
      for (const workload of loads) {
        const profiles = path.join(folder, `profile-${workload.method}`);
        const { running: gateway } = await join(profiledGateway(profiles));
        await load(gateway.url, scriptFile(folder, workload), PROFILE_SECONDS);
        await gateway.stop();
        print(await profileTables(profiles, workload.name), markdown);
      }
      return;
    }
    const participants: Participant[] = [];
    for (const contender of CONTENDERS)
      if (contenders.includes(contender.name)) participants.push(await join(contender));
    const results = await measure(participants, loads, plan, folder, progress);
    const { rounds, seconds } = plan;
    const how = `load: wrk, ${CONNECTIONS} connections, ${loads[0]?.tokens.length} tokens in turn, ${rounds} × ${seconds} s, medians`;
    process.stdout.write(
      `\n${[...circumstances(), how].map((line) => (markdown ? `- ${line}` : line)).join("\n")}\n\n`,
    );
    print([...resultTables(results), startTable(participants)], markdown);
  } finally {
    for (const each of running) await each.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function settingFor(folder: string, upstream: string, issuer: ReturnType<typeof createIssuer>): Promise<Setting> {
  const setting: Setting = {
    upstream: { ...UPSTREAM_OPTIONS, origin: upstream },
    openapi: path.join(import.meta.dirname, "api", "openapi.yaml"),
    issuer: ISSUER,
    audience: AUDIENCE,
    jwksFile: path.join(folder, "jwks.json"),
    publicKeyFile: path.join(folder, "public-key.pem"),
    auditFile: path.join(folder, "audit.ndjson"),
  };
  await writeFile(setting.jwksFile, issuer.jwks);
  await writeFile(setting.publicKeyFile, issuer.publicKeyPem);
  return setting;
}

/** Whoever guards must also have recorded: what was asked so far is in its file soon. */
async function checkRecords(contender: Contender, file: string): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const size = await stat(file).then(
      (found) => found.size,
      () => 0,
    );
    if (size > 0 && (await readFile(file, "utf8")).includes("/orders")) return;
    await wait(100);
  }
  throw new Error(`${contender.name} wrote no audit record to ${file}`);
}

function print(tables: readonly Table[], markdown: boolean): void {
  process.stdout.write(`${tables.map(markdown ? asMarkdown : asText).join("\n\n")}\n\n`);
}
