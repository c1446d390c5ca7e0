// Limits of a report: its memory stays bounded however long the files are and however many clients, paths and names are in them.

/** A longer line is no audit event of ours: those have some 40 KB at most. */
export const LINE_BYTES_MAX = 1024 * 1024;

/** A line that is longer still is not read on: what the loss of power leaves is shorter. */
export const READ_ON_BYTES_MAX = 128 * 1024 * 1024;

/** More than this is not unpacked where it was packed into almost nothing: events have ids and hashes, and are packed to a tenth or so. */
export const UNPACKED_BYTES_MAX = 16 * 1024 * 1024;
export const PACKED_RATIO_MAX = 100;

/** Rows of refusals: operation and reason. */
export const ROWS_MAX = 2_000;

/** Clients that one row, endpoint or name tells apart. */
export const CLIENTS_MAX = 500;

/** Clients told apart in all of them together. */
export const CLIENTS_TOTAL_MAX = 200_000;

/** Endpoints that are not declared, and those of them that only ever were not found. */
export const ENDPOINTS_MAX = 5_000;

/** Parameters, members, media types and statuses that are not declared, in all. */
export const NAMES_TOTAL_MAX = 20_000;

/** Of one endpoint: more media types or statuses than any API has. */
export const SLOTS_MAX = 64;

/** Characters of a text from a record that the report shows. */
export const SHOWN_CHARACTERS_MAX = 200;
