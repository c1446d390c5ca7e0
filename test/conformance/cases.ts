// The conformance suite: requests to the orders sample, each with the guard that decides it and the answer it must get.
import type { ConformanceCase } from "./case.ts";
import { CALLERS } from "./cases-callers.ts";
import { CONTENTS } from "./cases-contents.ts";
import { PASSING } from "./cases-passing.ts";
import { SANCTIONED } from "./cases-sanctions.ts";
import { TARGETS } from "./cases-targets.ts";

export const CASES: readonly ConformanceCase[] = [...PASSING, ...CALLERS, ...CONTENTS, ...TARGETS, ...SANCTIONED];
