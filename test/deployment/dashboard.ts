// The dashboard of integrations/grafana as its tests read it: panels, what each asks, and how Grafana would name the answers.
import { readFileSync } from "node:fs";
import path from "node:path";
import { ROOT } from "../repository/tree.ts";

interface Target {
  readonly expr: string;
  readonly legendFormat: string;
}

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly Target[];
  readonly fieldConfig?: { readonly defaults: { readonly noValue?: string; readonly thresholds?: object } };
}

export function panels(): readonly Panel[] {
  const text = readFileSync(path.join(ROOT, "integrations/grafana/portcullis.json"), "utf8");
  return (JSON.parse(text) as { panels: readonly Panel[] }).panels;
}

export const targets = (): readonly Target[] => panels().flatMap((panel) => panel.targets ?? []);

/** What Grafana would send for all instances and the last hour, at a step of a minute: its rate interval is longer by one scrape. */
export function asked(expr: string): string {
  return expr
    .replaceAll("$instance", ".*")
    .replaceAll("$__rate_interval", "75s")
    .replaceAll("$__interval", "1m")
    .replaceAll("$__range", "1h");
}

/** Names of the labels that stand in a legend. */
export function labelsIn({ legendFormat }: Target): string[] {
  return [...legendFormat.matchAll(/\{\{(\w+)\}\}/gu)].map(([, label]) => label as string);
}
