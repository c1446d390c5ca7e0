// Whether a password is one of the 44,000 long ones that everybody tries first: asked of a file that comes with the product.
import { readFileSync } from "node:fs";
import { BloomFilter } from "./bloom-filter.ts";

const FILE = new URL("../../../data/common-passwords.bin", import.meta.url);

/** Read once; 105 KB. */
export function commonPasswords(): (password: string) => boolean {
  const filter = new BloomFilter(readFileSync(FILE));
  return (password) => filter.has(password.normalize("NFC").toLowerCase());
}
