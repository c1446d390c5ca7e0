// Where a test may send attacks: to this machine and its own network. Further only where somebody says that it is theirs.
import { lookup as dnsLookup } from "node:dns/promises";
import { isIP } from "node:net";
import { addressKind } from "../../egress/addresses.ts";
import { CannotTest } from "./cannot-test.ts";

type Lookup = (hostname: string) => Promise<readonly { readonly address: string }[]>;

export interface ReachOptions {
  /** `--i-own-this-host` */
  readonly isOwned: boolean;
  readonly lookup?: Lookup;
}

/**
 * The address to connect to, settled once: whatever the name means later, nothing goes elsewhere. Throws CannotTest where
 * it is nobody's to attack.
 */
export async function reachOf(url: URL, { isOwned, lookup = lookupAll }: ReachOptions): Promise<string> {
  const name = url.hostname.replaceAll(/[[\]]/g, "");
  const addresses = isIP(name) === 0 ? await lookup(name).catch(() => []) : [{ address: name }];
  const [first] = addresses;
  if (first === undefined) throw new CannotTest(`there is no address of ${name}`);
  const kinds = addresses.map(({ address }) => addressKind(address));
  if (kinds.includes("never")) throw new CannotTest(`${name} is no place where an API of anybody's may stand`);
  if (kinds.includes("public") && !isOwned) {
    throw new CannotTest(
      `${name} is a public address: attacks go only to what is yours. If it is, and you may, say --i-own-this-host`,
    );
  }
  return first.address;
}

function lookupAll(hostname: string): ReturnType<Lookup> {
  return dnsLookup(hostname, { all: true });
}
