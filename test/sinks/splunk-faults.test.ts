// The faults of servers and networks, as the Splunk sink lives through them.
import { describeFaults } from "./http-faults.ts";
import { splunkOf, standInOf } from "./splunk-subject.ts";

for (const acknowledges of [true, false]) {
  describeFaults(acknowledges ? "Splunk with acknowledgement" : "Splunk without acknowledgement", {
    well() {
      const standIn = standInOf(acknowledges);
      return { answer: standIn.answer, taken: () => standIn.ids };
    },
    create: (url, timeoutMs, ca) => splunkOf([url], { timeoutMs, acknowledgementTimeoutMs: 2_000, ca }),
    garbage: "it works!",
  });
}
