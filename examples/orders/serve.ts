// `node examples/orders/serve.ts 4310`: the sample's API alone, with nobody in front of it. What tests start.
import { startOrdersApi } from "./api.ts";

const { url } = await startOrdersApi(Number(process.argv[2] ?? 0));
console.log(url);
