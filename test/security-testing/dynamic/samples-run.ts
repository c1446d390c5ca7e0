// Whole runs at the samples, as `portcullis test dynamic` does them: the vulnerable shop with flaws or without, and the orders behind the gate.
import path from "node:path";
import type { Flaws } from "../../../examples/vulnerable-orders/flaws.ts";
import type { Probe } from "../../../src/security-testing/dynamic/probe.ts";
import type { Finding, Untested } from "../../../src/security-testing/finding.ts";
import { freePort } from "../../servers/free-port.ts";
import { type Tested, testedIn } from "./testing.ts";

const EXAMPLES = path.join(import.meta.dirname, "../../../examples");

/** At the gate, then beside it. In a process of its own, as for everybody: what blocks it must not block the tester. */
export async function testedShop(probes: readonly Probe[], flaws: Flaws): Promise<Tested> {
  const [port, control] = [await freePort(), await freePort()];
  const shop = `http://127.0.0.1:${port}`;
  const owner = `http://127.0.0.1:${control}`;
  const chosen = flaws.size === 0 ? ["--hardened"] : ["--only", [...flaws].join(",")];
  const api = {
    start: [process.execPath, "start.ts", "--port", String(port), "--control-port", String(control), ...chosen],
    ready: `${owner}/keys`,
    reset: { post: `${owner}/reset` },
    keys: { post: `${owner}/keys` },
  };
  const cwd = path.join(EXAMPLES, "vulnerable-orders");
  const env = { SHOP_URL: shop, SHOP_CONTROL_URL: owner };
  return testedIn(probes, { cwd, env, change: (written) => ({ ...written, api }), options: { upstream: shop } });
}

/** Behind the gate: the API alone has no security. */
export async function testedOrders(probes: readonly Probe[]): Promise<Tested> {
  const port = await freePort();
  const api = {
    start: [process.execPath, "serve.ts", String(port)],
    ready: `http://127.0.0.1:${port}/products`,
  };
  const cwd = path.join(EXAMPLES, "orders");
  const env = { ORDERS_API_URL: `http://127.0.0.1:${port}` };
  return testedIn(probes, { cwd, env, change: (written) => ({ ...written, api }) });
}

/** As flaws.yaml names it: rule, operation, parameter. */
export function nameOf({ rule, operation, parameter }: Finding): string {
  return [rule, operation?.id ?? "*", parameter ?? ""].join(" ").trim();
}

/** Of a limit that is too large to be spent is said only that it was not. */
export function unexpected(untested: readonly Untested[]): Untested[] {
  return untested.filter(({ what, isExpected }) => !(isExpected && what.startsWith("that the limit ")));
}

export function isBeside({ message }: Finding): boolean {
  return message.startsWith("Beside the gate");
}
