// Whole runs at the samples, as `portcullis test dynamic` does them: the vulnerable shop with flaws or without, and the orders behind the gate.
import path from "node:path";
import { onTestFinished } from "vitest";
import { startOrdersApi } from "../../../examples/orders/api.ts";
import { startShop } from "../../../examples/vulnerable-orders/api.ts";
import { startControl } from "../../../examples/vulnerable-orders/control.ts";
import type { Flaws } from "../../../examples/vulnerable-orders/flaws.ts";
import type { Probe } from "../../../src/security-testing/dynamic/probe.ts";
import type { Finding } from "../../../src/security-testing/finding.ts";
import { type Tested, testedIn } from "./testing.ts";

const EXAMPLES = path.join(import.meta.dirname, "../../../examples");

/** At the gate, then beside it. */
export async function testedShop(probes: readonly Probe[], flaws: Flaws): Promise<Tested> {
  const shop = await startShop({ flaws });
  onTestFinished(() => shop.close());
  const control = await startControl(shop);
  onTestFinished(() => control.close());
  const env = { SHOP_URL: shop.url, SHOP_CONTROL_URL: control.url };
  const api = {
    ready: `${control.url}/keys`,
    reset: { post: `${control.url}/reset` },
    keys: { post: `${control.url}/keys` },
  };
  const cwd = path.join(EXAMPLES, "vulnerable-orders");
  return testedIn(probes, { cwd, env, change: (written) => ({ ...written, api }), options: { upstream: shop.url } });
}

/** Behind the gate: the API alone has no security. */
export async function testedOrders(probes: readonly Probe[]): Promise<Tested> {
  const orders = await startOrdersApi();
  onTestFinished(() => orders.close());
  const cwd = path.join(EXAMPLES, "orders");
  const env = { ORDERS_API_URL: orders.url };
  return testedIn(probes, {
    cwd,
    env,
    change: (written) => ({ ...written, api: { ready: `${orders.url}/products` } }),
  });
}

/** As flaws.yaml names it: rule, operation, parameter. */
export function nameOf({ rule, operation, parameter }: Finding): string {
  return [rule, operation?.id ?? "*", parameter ?? ""].join(" ").trim();
}

export function isBeside({ message }: Finding): boolean {
  return message.startsWith("Beside the gate");
}
