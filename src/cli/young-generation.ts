// Lets the young generation of V8's heap grow again, which bin/portcullis.js keeps small while the policy is compiled.
import { setFlagsFromString } from "node:v8";

/**
 * Compiling allocates much at once. V8 would let its young generation grow to 130 MB meanwhile, which an idle process never
 * gives back: GitHub's document ends at 300 MB instead of 180, the sample at 130 instead of 100, and neither starts
 * sooner. Traffic, which is what the young generation is for, finds V8's own setting.
 */
export function letYoungGenerationGrow(): void {
  setFlagsFromString("--semi-space-growth-factor=2");
}
