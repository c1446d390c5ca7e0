// Notices that a file behind the policy holds something else, whoever wrote it and however.
import type { Clock } from "../core/clock.ts";

/** What is watched: a PolicySource, or the lists of what is revoked. */
export interface WatchedFiles {
  files(): ReadonlyMap<string, string>;
  look(files: Iterable<string>): Promise<ReadonlyMap<string, string>>;
  stamp(): Promise<string>;
}

export interface InputWatchOptions {
  readonly source: WatchedFiles;
  readonly clock: Clock;
  /** Called when something changed. Resolves to whether to come again after a while, with nothing changed. */
  readonly onChange: () => Promise<boolean>;
  readonly intervalMs?: number | undefined;
  readonly againMs?: number | undefined;
}

/**
 * Files are looked at by time rather than by events, as certificates are: links that are exchanged and network file systems
 * give no events that can be relied on, editors replace files instead of writing them. A look is one `stat` for each file.
 */
const LOOKED_EVERY_MS = 1_000;
/** What failed because something else was away is tried again so often. */
const AGAIN_MS = 30_000;

/** A change counts once it has stayed the same from one look to the next: whoever writes has finished. */
export function watchInputs(options: InputWatchOptions): { close(): void } {
  const { source, clock, onChange, intervalMs = LOOKED_EVERY_MS, againMs = AGAIN_MS } = options;
  let last: string | undefined;
  let compared: string | undefined;
  let againAtMs = Number.POSITIVE_INFINITY;
  let closed = false;

  const differs = async (): Promise<boolean> => {
    const files = source.files();
    const found = await source.look(files.keys());
    return [...files].some(([file, contents]) => found.get(file) !== contents);
  };
  const look = async (): Promise<void> => {
    const stamp = await source.stamp();
    const isSteady = stamp === last;
    last = stamp;
    const isDue = clock.monotonicMs() >= againAtMs;
    if (!isSteady || (stamp === compared && !isDue)) return;
    compared = stamp;
    if (!(await differs()) && !isDue) return;
    if (closed) return;
    againAtMs = Number.POSITIVE_INFINITY;
    if (await onChange()) againAtMs = clock.monotonicMs() + againMs;
  };
  const next = (): void => {
    if (!closed) timer = setTimeout(() => void look().finally(next), intervalMs).unref();
  };
  let timer: NodeJS.Timeout | undefined;
  next();
  return {
    close: () => {
      closed = true;
      clearTimeout(timer);
    },
  };
}
