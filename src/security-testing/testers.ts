// Every kind of test, in the order in which they run. Each is loaded when it is asked for.
import type { ListedTester } from "./tester.ts";

export const TESTERS: readonly ListedTester[] = [];
