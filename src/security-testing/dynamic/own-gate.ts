// A gate that the run starts itself, on loopback, with keys of its own.
import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { LoadedSettings } from "../../configuration/load.ts";
import type { TransportSettings } from "../../configuration/settings.ts";
import type { StartGate } from "./gate-port.ts";
import { type Believed, isolated } from "./isolation.ts";
import type { Target } from "./target.ts";

export interface OwnGateOptions {
  readonly loaded: LoadedSettings;
  readonly believed: Believed;
  readonly startGate: StartGate;
  /** False: limits are raised out of a test's way. */
  readonly hasLimits: boolean;
}

export interface OwnGate {
  readonly target: Target;
  close(): Promise<void>;
}

export async function openOwnGate({ loaded, believed, startGate, hasLimits }: OwnGateOptions): Promise<OwnGate> {
  const folder = await mkdtemp(path.join(tmpdir(), "portcullis-test-"));
  const atExit = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", atExit);
  const leave = async () => {
    await rm(folder, { recursive: true, force: true });
    process.off("exit", atExit);
  };
  try {
    const gate = await startGate(await isolated(loaded, believed, { folder, hasLimits }), folder);
    const url = new URL(gate.url);
    const { publicUrl } = loaded.settings.transport;
    const target: Target = {
      layer: "gate",
      host: "127.0.0.1",
      port: Number(url.port),
      isTls: url.protocol === "https:",
      // Where a public name is set, any other host is answered with 421.
      authority: publicUrl === undefined ? `localhost:${url.port}` : new URL(publicUrl).host,
      ca: gate.ca,
    };
    const close = async () => {
      await gate.close();
      await leave();
    };
    return { target, close };
  } catch (error) {
    await leave();
    throw error;
  }
}

/** Where the owner's own gate listens: what stands in reports, since the run's is gone by then. */
export function configuredOrigin({ publicUrl, tls, listen }: TransportSettings): string {
  if (publicUrl !== undefined) return new URL(publicUrl).origin;
  const host = listen.host.includes(":") ? `[${listen.host}]` : listen.host;
  return `${tls.kind === "off" ? "http" : "https"}://${host}:${listen.port}`;
}
