// Measures the contenders in turn, round after round, so that noise and drift meet all of them alike.
import path from "node:path";
import type { Contender, Running } from "./contenders/contender.ts";
import { cpuMs } from "./processes.ts";
import { load } from "./workload/wrk.ts";
import type { Workload } from "./workload/requests.ts";

export interface Participant {
  readonly contender: Contender;
  readonly running: Running;
  /** Resident memory after its start, before any load. */
  readonly idleBytes: number;
}

/** Medians over the rounds of one contender under one workload. */
export interface Result {
  readonly contender: string;
  readonly workload: string;
  readonly cpuMicrosecondsPerRequest: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Plan {
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

export interface Sample {
  readonly cpuMicroseconds: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export async function measure(
  participants: readonly Participant[],
  workloads: readonly Workload[],
  plan: Plan,
  scripts: string,
  progress: (text: string) => void,
): Promise<Result[]> {
  const samples = new Map<string, Sample[]>();
  for (let round = 0; round <= plan.rounds; round += 1) {
    const seconds = round === 0 ? plan.warmUpSeconds : plan.seconds;
    for (const workload of workloads) {
      for (const participant of participants) {
        const { name } = participant.contender;
        progress(`${round === 0 ? "warm-up" : `round ${round} of ${plan.rounds}`}: ${workload.name}, ${name}`);
        const sample = await once(participant, workload.name, scriptFile(scripts, workload), seconds);
        const key = `${workload.name}\n${name}`;
        if (round > 0) samples.set(key, [...(samples.get(key) ?? []), sample]);
      }
    }
  }
  return workloads.flatMap((workload) =>
    participants.map(({ contender: { name } }) => {
      const of = samples.get(`${workload.name}\n${name}`) ?? [];
      return {
        contender: name,
        workload: workload.name,
        cpuMicrosecondsPerRequest: median(of.map((sample) => sample.cpuMicroseconds)),
        requestsPerSecond: median(of.map((sample) => sample.perSecond)),
        p50Ms: median(of.map((sample) => sample.p50Ms)),
        p99Ms: median(of.map((sample) => sample.p99Ms)),
      };
    }),
  );
}

/** One contender under one load. Throws where it answered nothing, or anything wrong. */
export async function once(
  participant: Pick<Participant, "contender" | "running">,
  what: string,
  script: string,
  seconds: number,
): Promise<Sample> {
  const { running, contender } = participant;
  const before = cpuMs(running.pid);
  const result = await load(running.url, script, seconds);
  const used = cpuMs(running.pid) - before;
  if (result.requests === 0) throw new Error(`${contender.name} answered nothing to ${what}`);
  if (result.wrong > 0) {
    throw new Error(`${contender.name}: ${result.wrong} of ${result.requests} answers to ${what} were wrong`);
  }
  return {
    cpuMicroseconds: (used * 1_000) / result.requests,
    perSecond: result.requests / result.seconds,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
  };
}

export function scriptFile(folder: string, workload: Workload): string {
  return path.join(folder, `${workload.method}.lua`);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle] as number;
  return ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
