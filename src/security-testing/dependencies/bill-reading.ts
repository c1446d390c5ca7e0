// Bills of materials as others write them: CycloneDX (JSON) and SPDX 2 (JSON). Only what comes from the npm registry is judged.
import {
  asList,
  asObject,
  asText,
  type Installed,
  type Inventory,
  InventoryError,
  lineFinder,
  MADE_FROM,
} from "./inventory.ts";

export function readBill(file: string, text: string): Inventory {
  const bill = asObject(JSON.parse(text));
  if (bill["bomFormat"] === "CycloneDX") return readCycloneDx(file, text, bill);
  if (asText(bill["spdxVersion"])?.startsWith("SPDX-2.") === true) return readSpdx(file, text, bill);
  throw new InventoryError("it is neither CycloneDX nor SPDX 2 in JSON");
}

function readCycloneDx(file: string, text: string, bill: Readonly<Record<string, unknown>>): Inventory {
  const edges = new Map<string, readonly string[]>();
  for (const edge of asList(bill["dependencies"]).map(asObject)) {
    edges.set(asText(edge["ref"]) ?? "", texts(edge["dependsOn"]));
  }
  const packages = new Map<string, Installed>();
  const lineOf = lineFinder(text);
  const gather = (components: unknown): void => {
    for (const component of asList(components).map(asObject)) {
      gather(component["components"]);
      const purl = asText(component["purl"]) ?? "";
      const key = asText(component["bom-ref"]) ?? purl;
      add(packages, key, purl, edges.get(key) ?? [], lineOf(JSON.stringify(purl)), component["scope"] === "excluded");
    }
  };
  gather(bill["components"]);
  const subject = asObject(asObject(bill["metadata"])["component"]);
  const name = asText(subject["name"]) ?? file;
  const properties = asList(asObject(bill["metadata"])["properties"]).map(asObject);
  const madeFrom = texts(properties.filter((one) => one["name"] === MADE_FROM).map((one) => one["value"]));
  return { ...withRoot(file, packages, name, edges.get(asText(subject["bom-ref"]) ?? "")), madeFrom };
}

function readSpdx(file: string, text: string, bill: Readonly<Record<string, unknown>>): Inventory {
  const edges = new Map<string, string[]>();
  const note = (from: unknown, to: unknown): void => {
    const list = edges.get(asText(from) ?? "");
    if (list === undefined) edges.set(asText(from) ?? "", [asText(to) ?? ""]);
    else list.push(asText(to) ?? "");
  };
  const described = new Set(texts(bill["documentDescribes"]));
  for (const relation of asList(bill["relationships"]).map(asObject)) {
    const [from, type, to] = [
      relation["spdxElementId"],
      asText(relation["relationshipType"]) ?? "",
      relation["relatedSpdxElement"],
    ];
    if (type === "DEPENDS_ON") note(from, to);
    else if (type.endsWith("DEPENDENCY_OF")) note(to, from);
    else if (type === "DESCRIBES") described.add(asText(to) ?? "");
  }
  const packages = new Map<string, Installed>();
  const lineOf = lineFinder(text);
  for (const one of asList(bill["packages"]).map(asObject)) {
    const key = asText(one["SPDXID"]) ?? "";
    if (described.has(key)) continue;
    const reference = asList(one["externalRefs"])
      .map(asObject)
      .find((external) => external["referenceType"] === "purl");
    const purl = asText(reference?.["referenceLocator"]) ?? "";
    add(packages, key, purl, edges.get(key) ?? [], lineOf(JSON.stringify(purl)), false);
  }
  const needs = [...described].flatMap((key) => edges.get(key) ?? []);
  return withRoot(file, packages, asText(bill["name"]) ?? file, needs.length > 0 ? needs : undefined);
}

function withRoot(
  file: string,
  packages: ReadonlyMap<string, Installed>,
  name: string,
  needs: readonly string[] | undefined,
): Inventory {
  return { file, packages, roots: [{ name, needs: needs ?? [] }], hasPaths: needs !== undefined };
}

function add(
  packages: Map<string, Installed>,
  key: string,
  purl: string,
  needs: readonly string[],
  line: number,
  isDevelopment: boolean,
): void {
  const parts = /^pkg:npm\/((?:[^/@?#]+\/)?[^/@?#]+)@([^?#]+)/.exec(purl);
  if (parts === null) return;
  const [name, version] = [decodeURIComponent(parts[1] as string), decodeURIComponent(parts[2] as string)];
  packages.set(key, { key, name, version, isDevelopment, hasInstallScript: undefined, line, needs });
}

function texts(value: unknown): readonly string[] {
  return asList(value).flatMap((item) => asText(item) ?? []);
}
