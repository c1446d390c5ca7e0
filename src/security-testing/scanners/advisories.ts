// Names of advisories in what tools say of packages.
import type { Finding } from "../finding.ts";

const ID =
  /\b(?:GHSA(?:-[0-9a-z]{4}){3}|CVE-\d{4}-\d{4,}|MAL-\d{4}-\d+|SNYK-[A-Z]+-[A-Z0-9]+-\d+|npm:[\w.-]+:\d{8})\b/g;
const PACKAGE = /(?:^|[\s'"`(])((?:@[\w.-]+\/)?[\w.-]+)@\d[\w.+-]*/;
const NAMES_MAX = 40;

/** From texts such as `Package 'lodash@4.17.15' is vulnerable to 'CVE-2021-23337' (also known as 'GHSA-…')`. */
export function advisoryIn(texts: readonly unknown[]): Finding["advisory"] {
  const said = texts.filter((text) => typeof text === "string").join("\n");
  const name = PACKAGE.exec(said)?.[1];
  const names = [...new Set(said.match(ID))].slice(0, NAMES_MAX);
  return name === undefined || names.length === 0 ? undefined : { package: name, names };
}

export function advisoryNamesIn(text: string): readonly string[] {
  return [...new Set(text.match(ID))];
}
