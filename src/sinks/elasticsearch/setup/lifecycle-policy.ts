// When a data stream begins a new index and when an old one goes: ILM of Elasticsearch, ISM of OpenSearch.

const ROLLOVER_AGE = "30d";
const ROLLOVER_SIZE = "50gb";

/** What both say. Without `keepForDays` nothing is ever deleted: how long records are kept is for their owner to say. */
export function lifecycleInWords(keepForDays: number | undefined): string {
  const end = keepForDays === undefined ? "nothing is deleted" : `deleted ${keepForDays} days after that`;
  return `a new index each 30 days or 50 GB; ${end}`;
}

export function ilmPolicy(keepForDays: number | undefined): object {
  return {
    phases: {
      hot: { min_age: "0ms", actions: { rollover: { max_age: ROLLOVER_AGE, max_primary_shard_size: ROLLOVER_SIZE } } },
      ...(keepForDays !== undefined && {
        delete: { min_age: `${keepForDays}d`, actions: { delete: { delete_searchable_snapshot: true } } },
      }),
    },
  };
}

export function ismPolicy(dataStream: string, keepForDays: number | undefined): object {
  const last = { name: "delete", actions: [{ delete: {} }], transitions: [] };
  const toLast = [{ state_name: "delete", conditions: { min_rollover_age: `${keepForDays}d` } }];
  return {
    default_state: "write",
    states: [
      {
        name: "write",
        actions: [{ rollover: { min_index_age: ROLLOVER_AGE, min_primary_shard_size: ROLLOVER_SIZE } }],
        transitions: keepForDays === undefined ? [] : toLast,
      },
      ...(keepForDays === undefined ? [] : [last]),
    ],
    // Indices of a data stream are found by its name.
    ism_template: [{ index_patterns: [dataStream], priority: 500 }],
  };
}
