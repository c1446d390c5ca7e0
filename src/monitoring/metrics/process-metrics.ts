// The process itself: memory, processor time, how late its event loop is, since when it runs.
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Family } from "./family.ts";

const RESOLUTION_MS = 20;

export interface ProcessMetrics {
  readonly families: readonly Family[];
  close(): void;
}

/** Names as OpenTelemetry and Prometheus' own clients have them. */
export function processMetrics(): ProcessMetrics {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const startedAtMs = Date.now() - process.uptime() * 1_000;
  const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1_000);
  return {
    families: [
      gauge("nodejs_eventloop_delay_p50_seconds", "How late timers are, since the last look: median.", () =>
        seconds(delay.percentile(50)),
      ),
      gauge("nodejs_eventloop_delay_p99_seconds", "How late timers are, since the last look: 99 of 100.", () =>
        seconds(delay.percentile(99)),
      ),
      gauge("nodejs_eventloop_delay_max_seconds", "How late timers are, since the last look: the worst.", () => {
        const worst = seconds(delay.max);
        delay.reset();
        return worst;
      }),
      counter("nodejs_eventloop_time_seconds", "Time in which the event loop worked.", () => {
        return performance.eventLoopUtilization().active / 1_000;
      }),
      gauge("process_resident_memory_bytes", "Resident memory.", () => process.memoryUsage.rss()),
      gauge("v8js_memory_heap_used_bytes", "Heap in use.", () => process.memoryUsage().heapUsed),
      counter("process_cpu_seconds", "Processor time, user and system.", () => {
        const { user, system } = process.cpuUsage();
        return (user + system) / 1e6;
      }),
      gauge("process_start_time_seconds", "When the process began, in seconds since 1970.", () => startedAtMs / 1_000),
    ],
    close: () => void delay.disable(),
  };
}

/** One value without labels, asked for when somebody looks. */
export function gauge(name: string, help: string, read: () => number): Family {
  return { kind: "gauge", name, help, labelNames: [], samples: () => [{ labels: [], value: read() }] };
}

function counter(name: string, help: string, read: () => number): Family {
  return { kind: "counter", name, help, labelNames: [], samples: () => [{ labels: [], value: read() }] };
}
