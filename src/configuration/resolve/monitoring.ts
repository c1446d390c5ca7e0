// From what the user wrote under `monitoring` to complete sinks and the key of hashes.
import { DEFAULTS } from "../defaults.ts";
import { name as nameOf } from "../issues.ts";
import type { Configuration } from "../schema/portcullis.ts";
import { durationMs, sizeBytes } from "../schema/words.ts";
import type { Settings, SinkSettings } from "../settings.ts";
import type { KeyPath } from "../source.ts";
import type { Resolving } from "./resolving.ts";
import { resolveSecret } from "./secret.ts";

type Written = NonNullable<Configuration["monitoring"]>;
type WrittenSink = NonNullable<Written["sinks"]>[number];
type WrittenFile = Extract<WrittenSink, { file: string }>;

/** As the recorder asks for it: fewer could be guessed. */
const HASH_KEY_BYTES_MIN = 16;

export async function resolveMonitoring(written: Written, to: Resolving): Promise<Settings["monitoring"]> {
  const sinks = (written.sinks ?? ["console"]).map((sink, i) => resolveSink(sink, ["monitoring", "sinks", i], to));
  return { sinks, hashKey: await resolveHashKey(written.hashKey, to) };
}

async function resolveHashKey(written: Written["hashKey"], to: Resolving): Promise<string | undefined> {
  if (written === undefined) return undefined;
  const at = ["monitoring", "hashKey"];
  const key = await resolveSecret(written, at, to);
  if (key === undefined || Buffer.byteLength(key) >= HASH_KEY_BYTES_MIN) return key;
  to.error(
    at,
    "secret-short",
    `monitoring.hashKey has fewer than ${HASH_KEY_BYTES_MIN} bytes`,
    "Make one with: openssl rand -base64 32",
  );
  return undefined;
}

function resolveSink(sink: WrittenSink, at: KeyPath, to: Resolving): SinkSettings {
  if (sink === "console") return { kind: "console", format: "auto", level: "info" };
  if ("console" in sink) {
    const { format = "auto", level = "info" } = sink.console;
    return { kind: "console", format, level };
  }
  return {
    kind: "file",
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
