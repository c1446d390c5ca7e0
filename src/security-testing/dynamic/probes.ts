// Every probe, in the order in which they run: what only reads first, what spends limits last.
import type { Probe } from "./probe.ts";

export const PROBES: readonly Probe[] = [];
