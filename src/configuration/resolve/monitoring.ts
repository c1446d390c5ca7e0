// From what the user wrote under `monitoring` to complete sinks and the key of hashes.
import { noteSigner } from "../../cryptography/signed-note.ts";
import { DEFAULTS } from "../defaults.ts";
import { name as nameOf } from "../issues.ts";
import type { Configuration } from "../schema/portcullis.ts";
import { durationMs, sizeBytes } from "../schema/words.ts";
import { destinationKey, destinationOptions, lowestLevel } from "../compose/destinations.ts";
import type { DestinationSettings, Settings, SinkSettings } from "../settings.ts";
import type { KeyPath } from "../source.ts";
import type { Resolving } from "./resolving.ts";
import { resolveDetections } from "./detections.ts";
import { resolveSanctions } from "./responses.ts";
import { resolveSecret } from "./secret.ts";
import { resolveWebhookServer } from "./webhook.ts";

type Written = NonNullable<Configuration["monitoring"]>;
type WrittenSink = NonNullable<Written["sinks"]>[number];
type WrittenFile = Extract<WrittenSink, { file: string }>;
type WrittenLocal = "console" | Extract<WrittenSink, { console: object } | { file: string }>;

interface OwnFile {
  readonly file: string;
  readonly at: KeyPath;
}

const CHECKPOINTS_AT: KeyPath = ["monitoring", "checkpoints", "file"];
const SANCTIONS_AT: KeyPath = ["monitoring", "detections", "sanctions"];

/** As the recorder asks for it: fewer could be guessed. */
const HASH_KEY_BYTES_MIN = 16;

export async function resolveMonitoring(
  written: Written,
  observe: boolean,
  to: Resolving,
): Promise<Settings["monitoring"]> {
  const sinks: SinkSettings[] = [];
  const destinations: DestinationSettings[] = [];
  for (const [i, sink] of (written.sinks ?? ["console"]).entries()) {
    const at = ["monitoring", "sinks", i];
    if (sink === "console" || "console" in sink || "file" in sink) sinks.push(resolveSink(sink, at, to));
    else destinations.push(await resolveDestination(sink, at, to));
  }
  const isSpooled = written.spool !== undefined || written.checkpoints !== undefined || destinations.length > 0;
  const checkpoints = await resolveCheckpoints(written.checkpoints, to);
  const spool = isSpooled ? resolveSpool(written.spool ?? {}, observe, to) : undefined;
  const files = sinks.filter((sink) => sink.kind === "file");
  if (isSpooled) judgeNames([...files, ...destinations], to);
  if (isSpooled && files.length + destinations.length === 0) {
    const remedy = "Add a sink that is fed from it, such as `{ file: audit.ndjson }`; the console is written directly.";
    to.error(["monitoring", "spool"], "without-effect", "monitoring.spool feeds no sink", remedy);
  }
  const detections = await resolveDetections(written.detections, to);
  const sanctions = resolveSanctions(written.detections, observe, to);
  judgeFiles(files, to);
  const own: OwnFile[] = [];
  if (checkpoints !== undefined) own.push({ file: checkpoints.file, at: CHECKPOINTS_AT });
  if (sanctions !== undefined) own.push({ file: sanctions.file, at: SANCTIONS_AT });
  judgeOwnFiles(own, files, to);
  const traces = written.traces && {
    ratio: written.traces.ratio ?? DEFAULTS.tracesRatio,
    perSecondMax: written.traces.perSecondMax ?? DEFAULTS.tracesPerSecondMax,
  };
  return {
    sinks,
    destinations,
    spool,
    checkpoints,
    detections,
    sanctions,
    traces,
    hashKey: await resolveHashKey(written.hashKey, to),
  };
}

async function resolveCheckpoints(
  written: Written["checkpoints"],
  to: Resolving,
): Promise<Settings["monitoring"]["checkpoints"]> {
  if (written === undefined) return undefined;
  const at = ["monitoring", "checkpoints"];
  const key = await resolveSecret(written.key, [...at, "key"], to);
  if (key !== undefined && noteSigner(key) === undefined) {
    to.error(
      [...at, "key"],
      "key-invalid",
      "monitoring.checkpoints.key is no key",
      "Make one with: portcullis audit key",
    );
  }
  return {
    key: key ?? "",
    file: to.file([...at, "file"], written.file ?? DEFAULTS.checkpointFile),
    everyMs: written.every === undefined ? DEFAULTS.checkpointEveryMs : durationMs(written.every),
    everyRecords: written.records ?? DEFAULTS.checkpointRecords,
    webhook: written.webhook && (await resolveWebhookServer(written.webhook, [...at, "webhook"], to)),
  };
}

function resolveSpool(
  written: NonNullable<Written["spool"]>,
  observe: boolean,
  to: Resolving,
): NonNullable<Settings["monitoring"]["spool"]> {
  const whenFull = written.whenFull ?? DEFAULTS.spoolWhenFull;
  return {
    folder: to.file(["monitoring", "spool", "folder"], written.folder ?? DEFAULTS.spoolFolder),
    bytesMax: written.bytesMax === undefined ? DEFAULTS.spoolBytesMax : sizeBytes(written.bytesMax),
    durability: written.durability ?? DEFAULTS.spoolDurability,
    // Whoever observes refuses nothing.
    whenFull: observe && whenFull === "block" ? "drop-oldest" : whenFull,
  };
}

/** What every kind has beside its own key. */
type WrittenDestination = Readonly<Record<string, unknown>> & {
  readonly name?: string | undefined;
  readonly level?: DestinationSettings["level"] | undefined;
  readonly only?: DestinationSettings["only"];
};

async function resolveDestination(sink: WrittenDestination, at: KeyPath, to: Resolving): Promise<DestinationSettings> {
  const kind = destinationKey(sink);
  const options = await destinationOptions(kind, sink[kind], [...at, kind], to);
  const { only } = sink;
  const name = sink.name ?? kind;
  return { kind, name, level: sink.level ?? lowestLevel(kind), ...(only && { only }), at, options };
}

/** Two that write and rotate one file lose each other's events. Links show when it is opened. */
function judgeFiles(files: readonly OwnFile[], to: Resolving): void {
  for (const [i, { file, at }] of files.entries()) {
    if (files.findIndex((other) => other.file === file) === i) continue;
    to.error(at, "sink-twice", `two sinks write to ${file}`, "Give each sink a file of its own.");
  }
}

/** Notes between events are foreign to the record, which is renamed with them; sanctions are written anew as a whole, over all else. */
function judgeOwnFiles(own: readonly OwnFile[], sinks: readonly OwnFile[], to: Resolving): void {
  for (const [i, { file, at }] of own.entries()) {
    const twin = [...sinks, ...own.slice(0, i)].find((other) => other.file === file);
    if (twin === undefined) continue;
    to.error(
      at,
      "file-twice",
      `${nameOf(at)} is ${file}, which ${nameOf(twin.at)} writes to`,
      "Give each a file of its own.",
    );
  }
}

/** A cursor is kept under the name: two of one name would share it, and each would get half. */
function judgeNames(destinations: readonly Pick<DestinationSettings, "at" | "name">[], to: Resolving): void {
  const names = new Set<string>();
  for (const { at, name } of destinations) {
    if (names.has(name)) {
      to.error(at, "sink-twice", `two sinks are named ${name}`, "Give one of them a name of its own: `name: backup`.");
    }
    names.add(name);
  }
}

async function resolveHashKey(written: Written["hashKey"], to: Resolving): Promise<Settings["monitoring"]["hashKey"]> {
  const at = ["monitoring", "hashKey"];
  const keys: string[] = [];
  const list = written === undefined ? [] : Array.isArray(written) ? written : [written];
  for (const [i, one] of list.entries()) {
    const place = Array.isArray(written) ? [...at, i] : at;
    const key = await resolveSecret(one, place, to);
    if (key === undefined) continue;
    if (Buffer.byteLength(key) < HASH_KEY_BYTES_MIN) {
      const message = `${nameOf(place)} has fewer than ${HASH_KEY_BYTES_MIN} bytes`;
      to.error(place, "secret-short", message, "Make one with: openssl rand -base64 32");
    } else if (keys.includes(key)) {
      to.error(place, "without-effect", `${nameOf(place)} is the same key again`, "Leave one of them out.");
    } else keys.push(key);
  }
  const [newest, ...others] = keys;
  return newest === undefined ? undefined : [newest, ...others];
}

function resolveSink(sink: WrittenLocal, at: KeyPath, to: Resolving): SinkSettings {
  if (sink === "console") return { kind: "console", format: "auto", level: "info" };
  if ("console" in sink) {
    const { format = "auto", level = "info" } = sink.console;
    return { kind: "console", format, level };
  }
  return {
    kind: "file",
    at,
    name: sink.name ?? "file",
    file: to.file([...at, "file"], sink.file),
    level: sink.level ?? "info",
    flushMs: sink.flushAfter === undefined ? undefined : durationMs(sink.flushAfter),
    rotation: resolveRotation(sink, at, to),
  };
}

function resolveRotation(
  sink: WrittenFile,
  at: KeyPath,
  to: Resolving,
): Extract<SinkSettings, { kind: "file" }>["rotation"] {
  if (sink.rotatedBy !== "others") {
    return {
      bytesMax: sink.fileBytesMax === undefined ? DEFAULTS.fileBytesMax : sizeBytes(sink.fileBytesMax),
      everyMs: sink.rotateEvery === undefined ? undefined : durationMs(sink.rotateEvery),
      keep: sink.filesMax ?? DEFAULTS.filesMax,
      gzip: sink.gzip ?? false,
    };
  }
  for (const key of ["fileBytesMax", "rotateEvery", "filesMax", "gzip"] as const) {
    if (sink[key] === undefined) continue;
    to.error(
      [...at, key],
      "without-effect",
      `${nameOf([...at, key])} has no effect where others rotate`,
      "Leave it out, or leave out rotatedBy.",
    );
  }
  return undefined;
}
