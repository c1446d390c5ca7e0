// The benchmark's command line.
import { parseArgs } from "node:util";
import { CONTENDERS } from "./contenders/list.ts";
import type { Plan } from "./measure.ts";

export interface Options {
  readonly plan: Plan;
  readonly contenders: readonly string[];
  readonly markdown: boolean;
  readonly profile: boolean;
  readonly flat: boolean;
  /** Minutes of mixed load at the authorization server, in the place of everything else. */
  readonly mixedMinutes: number | undefined;
  readonly identity: boolean;
}

export const USAGE = `npm run bench -- [options]

  --rounds N       how often each contender is measured; medians are shown (5)
  --seconds N      of load in each (4)
  --only NAMES     contenders, with commas between: ${CONTENDERS.map(({ name }) => `"${name}"`).join(", ")}
  --quick          one round of one second: does everything still work?
  --markdown       tables for docs/performance.md
  --flat           instead: does a request cost the same with many operations, and with many keys of limits?
  --profile        instead of measuring: where the gateway's time goes
  --identity       instead: tokens and sign-ins a second, and what hashing costs the gate
  --mixed MINUTES  instead: people and programs at the authorization server; does memory stay flat?
`;

/** Undefined is a call for help. */
export function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "4" },
      only: { type: "string" },
      quick: { type: "boolean", default: false },
      markdown: { type: "boolean", default: false },
      profile: { type: "boolean", default: false },
      flat: { type: "boolean", default: false },
      mixed: { type: "string" },
      identity: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const known = CONTENDERS.map(({ name }) => name);
  const contenders = values.only === undefined ? known : pick(values.only, known);
  const plan = values.quick
    ? { rounds: 1, seconds: 1, warmUpSeconds: 1 }
    : { rounds: whole("rounds", values.rounds), seconds: whole("seconds", values.seconds), warmUpSeconds: 3 };
  const { markdown, profile, flat, identity } = values;
  const mixedMinutes = values.mixed === undefined ? undefined : whole("mixed", values.mixed);
  return { plan, contenders, markdown, profile, flat, mixedMinutes, identity };
}

function pick(text: string, known: readonly string[]): string[] {
  const asked = new Set(text.split(","));
  const picked = known.filter((name) => asked.has(name));
  if (picked.length !== asked.size) throw new Error(`--only knows ${known.join(", ")}; not all of ${text}`);
  return picked;
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} takes a whole number from 1`);
  return value;
}
