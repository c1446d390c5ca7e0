// `node examples/vulnerable-orders/start.ts`: the shop with all its flaws; `--hardened`: the twin with none.
import { parseArgs } from "node:util";
import { startShop } from "./api.ts";
import { startControl } from "./control.ts";
import { ALL_FLAWS, flawsNamed, NO_FLAWS } from "./flaws.ts";

const { values } = parseArgs({
  options: {
    hardened: { type: "boolean", default: false },
    only: { type: "string" },
    port: { type: "string", default: "4320" },
    "control-port": { type: "string", default: "4321" },
  },
});

const chosen = values.only === undefined ? ALL_FLAWS : flawsNamed(values.only.split(","));
const flaws = values.hardened ? NO_FLAWS : chosen;
const shop = await startShop({ flaws, port: Number(values.port) });
const control = await startControl(shop, Number(values["control-port"]));
console.log(`${flaws.size} flaws; let nobody else reach it`);
console.log(`export SHOP_URL=${shop.url} SHOP_CONTROL_URL=${control.url}`);
