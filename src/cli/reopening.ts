// SIGHUP: log files are opened anew, after somebody else moved them.
import { codeOf } from "../configuration/error-code.ts";
import type { AuditRecorder } from "../monitoring/index.ts";

/** Where a file cannot be opened again, its sink goes on with the one that it has. */
export async function reopen(recorder: AuditRecorder): Promise<void> {
  try {
    await recorder.reopen();
    recorder.system({ action: "monitoring.reopened", level: "info", message: "log files are opened anew" });
  } catch (error) {
    const message = `log files could not be opened anew: ${codeOf(error)}`;
    recorder.system({ action: "monitoring.reopen-failed", level: "error", message });
  }
}
