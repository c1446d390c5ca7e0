// How a run gets a gate of its own: the command line gives it one, since security testing knows no gateway.
import type { LoadedSettings } from "../../configuration/load.ts";

export interface StartedGate {
  /** Where it listens: `https://127.0.0.1:41234`. */
  readonly url: string;
  /** PEM of the authority that its certificate is of; undefined without TLS. */
  readonly ca: string | undefined;
  close(): Promise<unknown>;
}

/** `folder`: for what the gate needs on disk; it goes with the run. */
export type StartGate = (loaded: LoadedSettings, folder: string) => Promise<StartedGate>;
