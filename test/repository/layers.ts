// The layers as ARCHITECTURE.md draws them, apart from the linter's configuration on purpose: each checks the other.

/** From the bottom. A folder may import from lower ranks only, and from its own rank only where `open`. */
const LAYERS: readonly { readonly folders: readonly string[]; readonly open: boolean }[] = [
  { folders: ["http", "cryptography"], open: false },
  { folders: ["core"], open: false },
  { folders: ["openapi"], open: false },
  {
    folders: ["transport", "authentication", "authorization", "rate-limiting", "validation", "monitoring"],
    open: false,
  },
  { folders: ["stores", "egress", "sinks", "identity", "configuration"], open: true },
  { folders: ["node"], open: false },
  { folders: ["gateway", "adapters", "security-testing"], open: false },
  { folders: ["cli"], open: false },
];

/** Folders whose I/O comes through ports. */
export const PURE = [
  "http",
  "cryptography",
  "core",
  "openapi",
  "authentication",
  "authorization",
  "rate-limiting",
  "validation",
];

export const FOLDERS = LAYERS.flatMap(({ folders }) => folders);

export function mayImport(from: string, to: string): boolean {
  if (from === to) return true;
  const rank = (folder: string) => LAYERS.findIndex(({ folders }) => folders.includes(folder));
  return rank(to) < rank(from) || (rank(to) === rank(from) && (LAYERS[rank(from)]?.open ?? false));
}
