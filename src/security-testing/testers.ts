// Every kind of test, in the order in which they run. Each is loaded when it is asked for.
import type { ListedTester } from "./tester.ts";

export const TESTERS: readonly ListedTester[] = [
  {
    kind: "contract",
    needs: "api",
    options: { fix: { what: "contract: add to the document the answers that the gate gives and it lacks" } },
    load: async () => (await import("./contract/tester.ts")).contractTester,
  },
];
