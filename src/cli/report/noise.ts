// Tells requests of scanners and browsers from use: nobody wants those in a document.

/** Nothing that an API has on purpose, whatever was answered. */
const NEVER = /^\/(?:favicon\.ico|robots\.txt|apple-touch-icon[\w.-]*\.png)$|(?:^|\/)\.(?!well-known(?:\/|$))/i;

/** What scanners ask for: taken for real only where the API answers it. */
const SCANNED =
  /\.(?:php\d?|aspx?|jspx?|cgi|env|bak|old|sql|ini|conf|log|zip|tar|gz|git|svn|DS_Store|ya?ml)$|(?:^|\/)(?:wp-\w+|wordpress|cgi-bin|phpmyadmin|pma|phpunit|vendor|actuator|solr|owa|HNAP1|boaform|server-status|jenkins|struts|geoserver|_ignition|telescope|console)(?:\/|$)/i;

/** Statuses by which an API says that it has what was asked for. */
const EXISTING: ReadonlySet<number> = new Set([401, 402, 403, 409, 410, 412, 413, 415, 422, 428, 429]);

export function isThere(status: number): boolean {
  return (status >= 200 && status < 400) || EXISTING.has(status);
}

/** Why an endpoint with these answers is not proposed; undefined where it is. */
export function noiseOf(path: string, statuses: ReadonlyMap<number, number>): string | undefined {
  const answered = [...statuses.keys()];
  if (NEVER.test(path)) return "asked for by scanners and browsers";
  if (!answered.some(isThere)) {
    if (SCANNED.test(path)) return "asked for by scanners";
    return answered.every((status) => status === 404 || status === 405)
      ? "never found by the API"
      : "never answered as if it were there";
  }
  const isFoundOnly = answered.some((status) => status >= 200 && status < 300);
  return SCANNED.test(path) && !isFoundOnly ? "asked for by scanners" : undefined;
}
