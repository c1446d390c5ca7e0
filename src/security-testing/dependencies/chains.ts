// How a package came to be installed: the shortest way to it from the project or a workspace.
import type { Installed, Inventory } from "./inventory.ts";

export interface Chain {
  readonly root: string;
  /** From what the root asks for to the package itself. */
  readonly packages: readonly Installed[];
}

/** For each key the shortest chain, found in one walk; none for what nothing leads to. */
export function chainsOf(inventory: Inventory): ReadonlyMap<string, Chain> {
  const chains = new Map<string, Chain>();
  let edge: Chain[] = [];
  const reach = (key: string, root: string, before: readonly Installed[]): void => {
    const installed = inventory.packages.get(key);
    if (installed === undefined || chains.has(key)) return;
    const chain = { root, packages: [...before, installed] };
    chains.set(key, chain);
    edge.push(chain);
  };
  for (const root of inventory.roots) for (const key of root.needs) reach(key, root.name, []);
  while (edge.length > 0) {
    const reached = edge;
    edge = [];
    for (const { root, packages } of reached) {
      for (const key of (packages.at(-1) as Installed).needs) reach(key, root, packages);
    }
  }
  return chains;
}

export function sayChain({ root, packages }: Chain): string {
  return [root, ...packages.map(({ name, version }) => `${name} ${version}`)].join(" > ");
}
