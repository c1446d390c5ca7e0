// Names and units of what is measured as OpenTelemetry has them. Turned back by its rules for Prometheus they are those of `/metrics`.

export interface MetricName {
  readonly name: string;
  /** UCUM: `s`, `By`; empty where it is a number of things. */
  readonly unit: string;
}

/** By the ends of Prometheus' names. */
const UNITS: readonly (readonly [string, string])[] = [
  ["_seconds", "s"],
  ["_bytes", "By"],
];
/** Names of the semantic conventions that have a `_` of their own. */
const CONVENTIONAL: Readonly<Record<string, string>> = {
  http_server_active_requests: "http.server.active_requests",
};
/** Families whose names are dotted throughout; of others only the first part is a name space. */
const DOTTED = /^(?:http_server|v8js|nodejs)_/;

const LABELS: Readonly<Record<string, string>> = {
  http_request_method: "http.request.method",
  http_response_status_code: "http.response.status_code",
  http_route: "http.route",
  url_scheme: "url.scheme",
  error_type: "error.type",
};

/** `http_server_request_duration_seconds` is `http.server.request.duration` in `s`. */
export function metricName(shown: string): MetricName {
  const [end, unit] = UNITS.find(([ending]) => shown.endsWith(ending)) ?? ["", ""];
  const bare = shown.slice(0, shown.length - end.length);
  const name = CONVENTIONAL[bare] ?? (DOTTED.test(bare) ? bare.replaceAll("_", ".") : bare.replace("_", "."));
  return { name, unit };
}

export function attributeName(label: string): string {
  return LABELS[label] ?? label;
}
