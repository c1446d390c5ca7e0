// Whether a request costs the same in a small setting and in a large one: operations of the document, keys of the limits.
import path from "node:path";
import type { Contender, Running } from "./contenders/contender.ts";
import { gateway } from "./contenders/list.ts";
import { type GatewayVariant, NETWORKS_PER_BLOCK } from "./contenders/setting.ts";
import { median, once, type Plan } from "./measure.ts";
import type { Table } from "./table.ts";
import type { Workload } from "./workload/requests.ts";
import { writeAddressScript, writeScript } from "./workload/wrk.ts";

/** The large one may cost so much more: a tenth. */
const RATIO_MAX = 1.1;

/** Strangers' addresses may have three quarters of the counter's million places, so that callers have the rest. */
const NETWORK_BLOCKS = 11;
const NETWORKS = NETWORK_BLOCKS * NETWORKS_PER_BLOCK;
const SUBJECTS = 250_000;

interface Side {
  readonly name: string;
  readonly variant: GatewayVariant;
  /** Blocks of networks that requests come from; 0 is one network; undefined is the load generator's own address. */
  readonly networkBlocks?: number;
}

const PAIRS: readonly { readonly what: string; readonly small: Side; readonly large: Side }[] = [
  {
    what: "operations",
    small: { name: "10", variant: { operations: 10 } },
    large: { name: "10,000", variant: { operations: 10_000 } },
  },
  {
    what: "keys of limits",
    small: { name: "1", variant: { countedBefore: { networks: 1, subjects: 1 } }, networkBlocks: 0 },
    large: {
      name: (NETWORKS + SUBJECTS).toLocaleString("en"),
      variant: { countedBefore: { networks: NETWORKS, subjects: SUBJECTS } },
      networkBlocks: NETWORK_BLOCKS,
    },
  },
];

export interface Flatness {
  readonly table: Table;
  readonly flat: boolean;
}

export async function measureFlatness(
  start: (contender: Contender) => Promise<Running>,
  workload: Workload,
  plan: Plan,
  folder: string,
  progress: (text: string) => void,
): Promise<Flatness> {
  const rows: string[][] = [];
  let flat = true;
  for (const { what, small, large } of PAIRS) {
    const sides = [await begin(small), await begin(large)] as const;
    const costs: [number[], number[]] = [[], []];
    for (let round = 0; round <= plan.rounds; round += 1) {
      progress(`${round === 0 ? "warm-up" : `round ${round} of ${plan.rounds}`}: ${what}`);
      for (const [index, side] of sides.entries()) {
        const seconds = round === 0 ? plan.warmUpSeconds : plan.seconds;
        const sample = await once(side, workload.name, side.script, seconds);
        if (round > 0) costs[index as 0 | 1].push(sample.cpuMicroseconds);
      }
    }
    for (const { running } of sides) await running.stop();
    const [few, many] = costs.map(median) as [number, number];
    flat &&= many / few <= RATIO_MAX;
    rows.push([`${what}: ${small.name} or ${large.name}`, few.toFixed(1), many.toFixed(1), (many / few).toFixed(2)]);
  }
  const head = ["", "CPU µs/request, few", "many", "ratio"];
  return { table: { title: `Flat cost, ${workload.name}`, head, rows }, flat };

  async function begin(side: Side) {
    const contender = gateway(`portcullis with ${side.name}`, side.variant);
    const script = path.join(folder, `flat-${side.name.replaceAll(",", "")}-${side.networkBlocks ?? "own"}.lua`);
    if (side.networkBlocks === undefined) await writeScript(script, workload);
    else await writeAddressScript(script, workload, side.networkBlocks);
    return { contender, running: await start(contender), script };
  }
}
