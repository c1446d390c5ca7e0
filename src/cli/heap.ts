// V8's heap once a process serves: what starting left behind is given back, and the young generation may grow.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Loading and compiling allocate much at once. V8 would let its young generation grow to 130 MB meanwhile, which an idle process never
 * gives back: GitHub's document ends at 300 MB instead of 180, the sample at 130 instead of 100, and neither starts
 * sooner. Traffic, which is what the young generation is for, finds V8's own setting.
 */
export function holdYoungGeneration(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}

/** The issuer's keys are loaded, code of the start is compiled no more. */
const SETTLED_AFTER_MS = 2_000;

/** To be called when it serves. Collecting takes some 40 ms, and gives back 10 MB that an idle process would keep. */
export function settleHeap(): void {
  setFlagsFromString("--semi-space-growth-factor=2");
  setTimeout(() => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as (how: Readonly<Record<string, string>>) => void;
    // Also what V8 holds in reserve: left to itself it gives that back after ten seconds, or, where the machine is busy, after minutes.
    collect({ type: "major", execution: "sync", flavor: "last-resort" });
  }, SETTLED_AFTER_MS).unref();
}
