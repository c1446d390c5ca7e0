// A gateway's record on a real disk, rotated and packed, with its checkpoints: for commands that read it.
import { statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "vitest";
import { compose, systemPorts } from "../../src/configuration/compose.ts";
import { loadSettings } from "../../src/configuration/load.ts";
import { DOCUMENT } from "../configuration/composing.ts";
import { folderWith } from "../configuration/folder.ts";
import { upTo } from "../monitoring/delivery/delivering.ts";
import { run } from "./running.ts";

export const CONFIGURATION = `openapi: api.yaml
upstream: http://127.0.0.1:9
authentication: { oauth: { issuer: http://127.0.0.1:9/, audience: a } }
transport: { listen: 0, adminListen: off, tls: dangerouslyOff }
monitoring: { sinks: [{ file: audit.ndjson }], spool: { folder: spool } }
`;

/** A folder with a key; `file` are further settings of the file sink. */
export async function keyed(file = "filesMax: 30"): Promise<{ cwd: string; publicKey: string }> {
  const cwd = folderWith({ "api.yaml": DOCUMENT });
  const made = await run(["audit", "key", "audit.key", "--name", "shop/audit", "--json"], { cwd });
  const { publicKey } = JSON.parse(made.out) as { publicKey: string };
  expect(statSync(path.join(cwd, "audit.key")).mode & 0o777).toBe(0o600);
  const sinks = `sinks: [{ file: audit.ndjson, fileBytesMax: 6000, gzip: true, flushAfter: 1ms, ${file} }]`;
  const checkpoints = "checkpoints: { key: { file: audit.key }, file: checkpoints.txt, records: 10 }";
  const text = CONFIGURATION.replace(
    /monitoring: .*/,
    `monitoring: { ${sinks}, spool: { folder: spool }, ${checkpoints} }`,
  );
  writeFileSync(path.join(cwd, "portcullis.yaml"), text);
  return { cwd, publicKey };
}

/** One life more, with so many events. */
export async function live(cwd: string, count: number): Promise<void> {
  const composition = await compose(await loadSettings({ file: "portcullis.yaml", cwd, env: {} }), systemPorts(cwd));
  const { recorder } = composition;
  for (const n of upTo(count)) {
    recorder.system({ action: "test.event", level: "info", message: `event ${n}` });
    await recorder.flush();
    while ((recorder.snapshot().delivery?.destinations["file"]?.waiting ?? 0) > 0)
      await new Promise((done) => setTimeout(done, 2));
  }
  await composition.close();
}

/** Two lives of fifteen events. */
export async function recorded(): Promise<{ cwd: string; publicKey: string }> {
  const made = await keyed();
  for (let life = 0; life < 2; life += 1) await live(made.cwd, 15);
  return made;
}
