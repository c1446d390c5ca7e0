// The index template of the data stream, in the form in which servers give it back. Unknown fields are kept, and never become new ones.
import { type FieldKind, FIELDS } from "./fields.ts";

/** Two servers of one origin: they differ in little. */
export type Flavour = "elasticsearch" | "opensearch";

interface Property {
  readonly type?: string;
  readonly ignore_above?: number;
  readonly norms?: boolean;
  readonly properties?: Readonly<Record<string, Property>>;
}

/** Above those that servers bring along for `logs-*-*` (100). */
const PRIORITY = 500;
/** What is longer is found by other fields; it stays in the event. */
const KEYWORD_CHARACTERS_MAX = 1_024;
/** Twice what there is: room for fields of later versions, none for an explosion. */
const FIELDS_MAX = 256;

export function indexTemplate(flavour: Flavour, dataStream: string, lifecyclePolicy: string | undefined): object {
  return {
    index_patterns: [dataStream],
    priority: PRIORITY,
    data_stream: flavour === "opensearch" ? { timestamp_field: { name: "@timestamp" } } : {},
    template: {
      settings: {
        index: {
          codec: "best_compression",
          number_of_shards: "1",
          auto_expand_replicas: "0-1",
          refresh_interval: "1s",
          mapping: { total_fields: { limit: String(FIELDS_MAX) } },
          ...(lifecyclePolicy !== undefined && { lifecycle: { name: lifecyclePolicy } }),
        },
      },
      mappings: mappingsOf(flavour),
    },
  };
}

export function mappingsOf(flavour: Flavour): object {
  return { dynamic: "false", date_detection: false, properties: properties(flavour) };
}

/** Nested as the server has them. */
function properties(flavour: Flavour): Record<string, Property> {
  const root: Record<string, Property> = {};
  for (const [name, kind] of Object.entries(FIELDS)) {
    const parts = name.split(".");
    let at = root;
    for (const part of parts.slice(0, -1)) {
      const parent = (at[part] ??= { properties: {} });
      at = parent.properties as Record<string, Property>;
    }
    at[parts.at(-1) as string] = propertyOf(kind, flavour);
  }
  return root;
}

function propertyOf(kind: FieldKind, flavour: Flavour): Property {
  switch (kind) {
    case "keyword":
      return { type: "keyword", ignore_above: KEYWORD_CHARACTERS_MAX };
    case "text":
      return { type: "text", norms: false };
    case "opaque":
      return { type: flavour === "opensearch" ? "flat_object" : "flattened" };
    case "long":
    case "double":
    case "date":
    case "ip":
      return { type: kind };
  }
}
