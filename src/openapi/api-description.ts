// What the rest of Portcullis knows of a document: its operations and security schemes, references followed, versions evened out.
import type { DocumentSet } from "./document.ts";
import type { Problem } from "./located.ts";
import type { Operation, SecurityScheme } from "./operation.ts";

export interface ApiDescription {
  readonly set: DocumentSet;
  readonly title: string;
  readonly operations: readonly Operation[];
  readonly schemes: ReadonlyMap<string, SecurityScheme>;
  readonly warnings: readonly Problem[];
}
