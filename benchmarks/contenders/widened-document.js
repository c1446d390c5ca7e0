// The benchmark's document with more operations beside those that are asked: what a large API makes of the same request.
import { parse } from "yaml";

export function widened(text, operations) {
  const document = parse(text);
  const order = document.paths["/orders/{id}"].get;
  const before = Object.values(document.paths).flatMap((item) => Object.keys(item)).length;
  for (let i = before; i < operations; i += 1) {
    // Ten to a resource, as APIs are: the tree of paths grows in breadth and in depth.
    const at = `/resources-${Math.floor(i / 10)}/{id}/parts-${i % 10}`;
    document.paths[at] = { get: { ...order, operationId: `getPart${i}` } };
  }
  return document;
}
