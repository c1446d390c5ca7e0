// The bill of materials of what is installed, as CycloneDX 1.6.
import { randomUUID } from "node:crypto";
import { Enums, Models, Serialize, Spec } from "@cyclonedx/cyclonedx-library";
import { type Installed, type Inventory, MADE_FROM } from "./inventory.ts";

/**
 * `subject`: what all of it is for. `madeFrom`: where the inventories are, from the bill's folder. The same package in several
 * files is one component.
 */
export function writeBill(
  inventories: readonly Inventory[],
  subject: { readonly name: string; readonly version?: string },
  madeFrom: readonly string[],
  at: Date,
): string {
  const bill = new Models.Bom();
  const options = subject.version === undefined ? {} : { version: subject.version };
  const root = new Models.Component(Enums.ComponentType.Application, subject.name, { ...options, bomRef: "root" });
  bill.metadata.component = root;
  bill.metadata.timestamp = at;
  for (const file of madeFrom) bill.metadata.properties.add(new Models.Property(MADE_FROM, file));
  bill.serialNumber = `urn:uuid:${randomUUID()}`;
  const components = new Map<string, Models.Component>();
  for (const { packages } of inventories) {
    for (const installed of packages.values()) {
      const purl = purlOf(installed);
      if (components.has(purl)) continue;
      components.set(purl, componentOf(installed, purl));
    }
  }
  for (const component of components.values()) bill.components.add(component);
  for (const { packages, roots } of inventories) {
    const link = (from: Models.Component, keys: readonly string[]): void => {
      for (const key of keys) {
        const needed = packages.get(key);
        const component = needed && components.get(purlOf(needed));
        if (component !== undefined && component !== from) from.dependencies.add(component.bomRef);
      }
    };
    for (const { needs } of roots) link(root, needs);
    for (const installed of packages.values()) {
      link(components.get(purlOf(installed)) as Models.Component, installed.needs);
    }
  }
  const normalizers = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6);
  return `${new Serialize.JsonSerializer(normalizers).serialize(bill, { sortLists: true, space: 2 })}\n`;
}

function componentOf({ name, version, isDevelopment }: Installed, purl: string): Models.Component {
  const slash = name.startsWith("@") ? name.indexOf("/") : -1;
  return new Models.Component(Enums.ComponentType.Library, name.slice(slash + 1), {
    ...(slash !== -1 && { group: name.slice(0, slash) }),
    version,
    purl,
    bomRef: purl,
    scope: isDevelopment ? Enums.ComponentScope.Excluded : Enums.ComponentScope.Required,
  });
}

/** https://github.com/package-url/purl-spec: the `@` of a scope is encoded. */
function purlOf({ name, version }: Installed): string {
  return `pkg:npm/${name.split("/").map(encodeURIComponent).join("/")}@${encodeURIComponent(version)}`;
}
