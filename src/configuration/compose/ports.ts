// What composition needs from outside: time, files, the network, a place for records, counters that outlive a policy.
import { readFile, realpath } from "node:fs/promises";
import path from "node:path";
import {
  type Authenticator,
  CALLER_TOKEN_TYPE,
  type FetchJson,
  type JwtAuthenticatorOptions,
  MemoryDenyList,
  MemoryProofs,
  type ProofMemory,
  ProofNonces,
} from "../../authentication/index.ts";
import { type Clock, systemClock } from "../../core/clock.ts";
import type { SystemEvent } from "../../core/record.ts";
import { noteSigner } from "../../cryptography/signed-note.ts";
import { makeSigningKey, type SigningKey } from "../../cryptography/signing-key.ts";
import { createEgress } from "../../egress/client.ts";
import {
  checkpointFile,
  type CheckpointSink,
  consoleSink,
  type Destination,
  fileDestination,
  fileSink,
  makeDiskFiles,
  openSpooledDelivery,
  placeOf,
  type Sink,
  type SpooledDelivery,
  spareSize,
} from "../../monitoring/index.ts";
import { reserveFile } from "../../stores/reserved-file.ts";
import { type Counter, LaneStore, memoryCounter } from "../../rate-limiting/index.ts";
import type { CheckpointSettings, DestinationSettings, SinkSettings, SpoolSettings } from "../settings.ts";
import type { SanctionKeeper } from "../sanctions/sanction-keeper.ts";
import { checkpointWebhook } from "../../sinks/webhook/checkpoint-webhook.ts";
import { createDestination } from "./destinations.ts";

export type FileSettings = Extract<SinkSettings, { kind: "file" }>;

export interface ComposePorts {
  readonly clock: Clock;
  /** Where names of files begin. */
  readonly cwd: string;
  readonly readText: (file: string) => Promise<string>;
  readonly realPath?: (file: string) => Promise<string>;
  /** Its limits name what the owner wrote: where an answer leads elsewhere, that must be a place for strangers (CWE-918). */
  readonly fetchJson: FetchJson;
  readonly createSink: (sink: SinkSettings) => Sink;
  readonly createDestination: (settings: DestinationSettings | FileSettings) => Destination;
  /** Opens the spool that feeds these; undefined where nothing is written. Rejects where it cannot be had. */
  readonly openDelivery: (
    spool: SpoolSettings,
    destinations: readonly Destination[],
    checkpoints: CheckpointSettings | undefined,
  ) => Promise<SpooledDelivery | undefined>;
  /** Lives longer than a policy, so that a reload refills no budget. */
  readonly counter: Counter;
  /** What the built-in authorization server revoked: fed by whoever asks it, asked by every policy. */
  readonly revoked: MemoryDenyList;
  /** Which proofs of possession were used, and the nonces that they must hold: a reload opens none a second time. */
  readonly proofs: { readonly memory: ProofMemory; readonly nonces: ProofNonces };
  /** Who is held back for a time; composition opens it. */
  readonly sanctions?: SanctionKeeper | undefined;
  /** Whether responses of detections are done here, and the file of sanctions is kept. */
  readonly keepsSanctions: boolean;
  /** The same for who is under way. */
  readonly lanes: LaneStore;
  /** Signs for the API behind where no key is named; the same for every policy of a process. */
  readonly callerKey: () => SigningKey;
  /** How tokens of an issuer are proven. Left out by all that serve; `explain` has one that says more. */
  readonly tokenAuthenticator?: ((options: JwtAuthenticatorOptions) => Authenticator) | undefined;
  /** Called when the composition is closed. */
  readonly close: () => void;
}

/** The ports of a process that serves. */
export function systemPorts(cwd: string = process.cwd()): ComposePorts {
  const egress = createEgress();
  return {
    clock: systemClock,
    cwd,
    readText: (file) => readFile(path.resolve(cwd, file), "utf8"),
    realPath: (file) => realpath(path.resolve(cwd, file)),
    fetchJson: (url, limits) => egress.getJson(url, limits),
    createSink,
    createDestination: (settings) =>
      settings.kind === "file"
        ? createFileDestination(settings as FileSettings)
        : createDestination(settings as DestinationSettings, systemClock),
    openDelivery,
    keepsSanctions: true,
    counter: memoryCounter({ clock: systemClock }),
    revoked: new MemoryDenyList(),
    proofs: { memory: new MemoryProofs(), nonces: new ProofNonces() },
    lanes: new LaneStore(),
    callerKey: callerKeyOnce(),
    close: () => egress.close(),
  };
}

/** The ports of `check` and `explain`: files are read, nothing is fetched or written. */
export function offlinePorts(cwd: string = process.cwd()): ComposePorts {
  return {
    clock: systemClock,
    cwd,
    readText: (file) => readFile(path.resolve(cwd, file), "utf8"),
    realPath: (file) => realpath(path.resolve(cwd, file)),
    fetchJson: () => Promise.reject(new Error("offline")),
    createSink: () => SILENT,
    createDestination: () => SILENT_DESTINATION,
    openDelivery: () => Promise.resolve(undefined),
    keepsSanctions: false,
    counter: memoryCounter({ clock: systemClock }),
    revoked: new MemoryDenyList(),
    proofs: { memory: new MemoryProofs(), nonces: new ProofNonces() },
    lanes: new LaneStore(),
    callerKey: callerKeyOnce(),
    close: () => undefined,
  };
}

function callerKeyOnce(): () => SigningKey {
  let key: SigningKey | undefined;
  return () => (key ??= makeSigningKey(CALLER_TOKEN_TYPE));
}

/** The sink that a setting asks for. Throws where a file cannot be opened. */
function createSink(sink: SinkSettings): Sink {
  const { level } = sink;
  if (sink.kind === "console") return consoleSink({ format: sink.format, level });
  const { file, rotation, flushMs } = sink;
  return fileSink({
    path: file,
    level,
    rotation: rotation ?? false,
    ...(flushMs === undefined ? {} : { batch: { delayMs: flushMs } }),
  });
}

function createFileDestination({ file: path, name, level, rotation, flushMs }: FileSettings): Destination {
  return fileDestination({ path, name, level, rotation, ...(flushMs === undefined ? {} : { lingerMs: flushMs }) });
}

/** Kept for this process as long as it lives: two that write to one spool would tear it. */
async function openDelivery(
  spool: SpoolSettings,
  destinations: readonly Destination[],
  checkpoints: CheckpointSettings | undefined,
): Promise<SpooledDelivery> {
  const { folder, bytesMax, durability, whenFull } = spool;
  const files = await makeDiskFiles(folder);
  const reserved = reserveFile(path.join(folder, "spool"));
  const release = () => reserved.release();
  try {
    const clock = systemClock;
    const spareBytes = spareSize(bytesMax);
    const options = { files, bytesMax, durability, whenFull, destinations, clock, release, spareBytes };
    return await openSpooledDelivery({ ...options, checkpoints: await openCheckpoints(checkpoints) });
  } catch (error) {
    release();
    throw error;
  }
}

async function openCheckpoints(settings: CheckpointSettings | undefined) {
  const signer = settings === undefined ? undefined : noteSigner(settings.key);
  if (settings === undefined || signer === undefined) return undefined;
  const { file, webhook, everyMs, everyRecords } = settings;
  const files = await makeDiskFiles(path.dirname(file));
  // Whoever spells it otherwise later means the same.
  const sinks: CheckpointSink[] = [checkpointFile(files, path.basename(file), await placeOf(file))];
  if (webhook !== undefined) sinks.push(checkpointWebhook(webhook, systemClock));
  return { signer, sinks, everyMs, everyRecords };
}

const SILENT: Sink = {
  name: "silent",
  level: "error",
  connect: () => undefined,
  write: () => true,
  flush: () => Promise.resolve(),
  close: () => Promise.resolve(),
};

const SILENT_DESTINATION: Destination = {
  name: "silent",
  recordsMax: 1,
  bytesMax: 1,
  assurance: "at-most-once",
  deliver: (records) => Promise.resolve({ kind: "answered", outcomes: records.map(() => "delivered") }),
  close: () => Promise.resolve(),
};

export type Say = (event: SystemEvent) => void;
